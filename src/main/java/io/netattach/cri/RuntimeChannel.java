package io.netattach.cri;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the container runtime. It is made when it is first needed, since most nodes have
 * nothing to ask, and made anew after it was lost: by then the runtime may listen elsewhere.
 */
final class RuntimeChannel implements AutoCloseable {
  /** A full list of a node with hundreds of pods stays far below that. Bytes. */
  private static final int LONGEST_ANSWER = 16 << 20;

  /** How long a runtime is asked of which it is not known that it runs the pods of this node. */
  static final Duration PROVISIONAL = Duration.ofSeconds(10);

  private final RuntimeSocket socket;
  private final @Nullable Predicate<Channel> isHome;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable EventLoopGroup threads;
  private @Nullable Open open;
  private boolean closed;

  /** The socket that was used last. */
  private volatile @Nullable Path last;

  /** Whether the runtime of pods has been seen, so that no other will do any more. */
  private volatile boolean homeKnown;

  /** Since when that one does not answer. */
  private @Nullable Absence absence;

  private record Absence(long since, CriException why) {
    boolean isOver() {
      return System.nanoTime() - since >= ContainerRuntime.RESPITE.toNanos();
    }
  }

  /**
   * @param until when is looked for a better one, as {@link System#nanoTime} will be; null for
   *     never
   */
  private record Open(Path path, ManagedChannel channel, @Nullable Long until) {
    boolean isOver() {
      return until != null && System.nanoTime() - until >= 0;
    }
  }

  /** To the first socket that is there. */
  RuntimeChannel(RuntimeSocket socket) {
    this.socket = socket;
    this.isHome = null;
  }

  /**
   * To the first that is the right one; as long as none has been, to the first that is there.
   *
   * @param isHome asks whether it is
   */
  RuntimeChannel(RuntimeSocket socket, Predicate<Channel> isHome) {
    this.socket = socket;
    this.isHome = isHome;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws StatusRuntimeException when there is none, or it is an error
   * @throws CriException when there is no socket
   */
  <Q, A> A ask(MethodDescriptor<Q, A> method, Q request, Duration patience) {
    Open now = open();
    try {
      CallOptions options =
          CallOptions.DEFAULT.withDeadlineAfter(patience.toNanos(), TimeUnit.NANOSECONDS);
      return ClientCalls.blockingUnaryCall(now.channel(), method, options, request);
    } catch (StatusRuntimeException e) {
      switch (e.getStatus().getCode()) {
        // A channel would wait ever longer before it connects again.
        case UNAVAILABLE -> drop(now);
        default -> {}
      }
      throw e;
    }
  }

  /** Whether there is a socket, or was one of the right runtime. */
  boolean isThere() {
    return homeKnown || socket.find().isPresent();
  }

  /** The socket that was used last, in words; before that, where it is looked for. */
  String where() {
    return Optional.ofNullable(last).or(socket::find).map(Path::toString).orElse(socket.toString());
  }

  private Open open() {
    lock.lock();
    try {
      if (closed) {
        throw new CriException("the container runtime is asked nothing any more");
      }
      if (open != null && open.isOver()) {
        open.channel().shutdown();
        open = null;
      }
      if (open == null) {
        // Who has waited for this lock meanwhile does not look for it in its turn, for a second
        // each.
        if (absence != null && !absence.isOver()) {
          throw absence.why();
        }
        open = choose();
        last = open.path();
      }
      return open;
    } finally {
      lock.unlock();
    }
  }

  private Open choose() {
    Path first = socket.find().orElseThrow(() -> nothingAt(socket));
    if (isHome == null) {
      return new Open(first, connect(first), null);
    }
    for (Path path : socket.all()) {
      ManagedChannel candidate = connect(path);
      if (isHome.test(candidate)) {
        homeKnown = true;
        return new Open(path, candidate, null);
      }
      candidate.shutdownNow();
    }
    if (homeKnown) {
      // Another does not know the pods, and what it is asked about them would be taken for true.
      CriException why =
          new CriException(
              "the container runtime that runs the agent's pod does not answer at " + socket);
      absence = new Absence(System.nanoTime(), why);
      throw why;
    }
    return new Open(first, connect(first), System.nanoTime() + PROVISIONAL.toNanos());
  }

  private static CriException nothingAt(RuntimeSocket socket) {
    return new CriException(
        "no container runtime has a socket at "
            + socket
            + " as the agent sees it; name it by --runtime-socket, and give the agent's pod the folder"
            + " that it is in (podTargets of the chart)");
  }

  private ManagedChannel connect(Path path) {
    if (threads == null) {
      threads =
          new NioEventLoopGroup(
              1, Thread.ofPlatform().daemon().name("netattach-runtime").factory());
    }
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(path))
        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
        .eventLoopGroup(threads)
        // Answers are few: pools of buffers would cost more memory than they save time.
        .withOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
        .overrideAuthority("localhost")
        .usePlaintext()
        .directExecutor()
        .disableRetry()
        .maxInboundMessageSize(LONGEST_ANSWER)
        .build();
  }

  private void drop(Open lost) {
    lost.channel().shutdown();
    lock.lock();
    try {
      if (lost.equals(open)) {
        open = null;
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (open != null) {
        open.channel().shutdownNow();
        open = null;
      }
      if (threads != null) {
        var unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      }
    } finally {
      lock.unlock();
    }
  }
}
