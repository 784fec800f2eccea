package io.netattach.cri;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import runtime.v1.LinuxPodSandboxStatus;
import runtime.v1.ListPodSandboxRequest;
import runtime.v1.ListPodSandboxResponse;
import runtime.v1.Namespace;
import runtime.v1.NamespaceMode;
import runtime.v1.NamespaceOption;
import runtime.v1.PodSandbox;
import runtime.v1.PodSandboxFilter;
import runtime.v1.PodSandboxMetadata;
import runtime.v1.PodSandboxState;
import runtime.v1.PodSandboxStatus;
import runtime.v1.PodSandboxStatusRequest;
import runtime.v1.PodSandboxStatusResponse;
import runtime.v1.VersionRequest;
import runtime.v1.VersionResponse;

/**
 * A container runtime that runs nothing: it tells of the sandboxes that a test says there are, over
 * a real socket. Its namespaces are made by the test.
 */
public final class FakeRuntime implements AutoCloseable {
  private final Path socket;
  private final Map<String, Kept> sandboxes = new ConcurrentHashMap<>();
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger lists = new AtomicInteger();
  private final AtomicInteger statuses = new AtomicInteger();
  private final EventLoopGroup threads =
      new NioEventLoopGroup(1, Thread.ofPlatform().daemon().name("fake-runtime").factory());
  private volatile @Nullable Status refusal;
  private volatile CountDownLatch held = new CountDownLatch(0);
  private volatile Runnable beforeStatus = () -> {};
  private @Nullable Server server;

  /**
   * @param info what it adds when it is asked to be verbose
   */
  private record Kept(
      int number, Pod pod, NamespaceMode mode, PodSandboxState state, Map<String, String> info) {}

  public FakeRuntime(Path socket) {
    this.socket = socket;
    start();
  }

  public Path socket() {
    return socket;
  }

  /** Listens again after {@link #stop}; what it knows has stayed. */
  public void start() {
    try {
      Files.deleteIfExists(socket);
      server =
          NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
              .channelType(NioServerDomainSocketChannel.class)
              .bossEventLoopGroup(threads)
              .workerEventLoopGroup(threads)
              .addService(service())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes no connections any more and ends those that it has. */
  public void stop() {
    Server running = server;
    server = null;
    if (running == null) {
      return;
    }
    try {
      if (!running.shutdownNow().awaitTermination(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("it does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(Call.SERVICE)
        .addMethod(Call.VERSION_METHOD, ServerCalls.asyncUnaryCall(this::version))
        .addMethod(Call.LIST_METHOD, ServerCalls.asyncUnaryCall(this::list))
        .addMethod(Call.STATUS_METHOD, ServerCalls.asyncUnaryCall(this::status))
        .build();
  }

  /** A pod begins to run in a namespace at that path, as containerd tells it. */
  public String run(Pod pod, String netns) {
    return run(
        pod,
        NamespaceMode.POD,
        """
        {"pid":1,"image":"pause","runtimeSpec":{"ociVersion":"1.2.0","linux":{"namespaces":[
          {"type":"pid"},{"type":"ipc"},{"type":"mount"},{"type":"network","path":"%s"}]}}}
        """
            .formatted(netns));
  }

  /** A pod of the node's network. */
  public String runOnNode(Pod pod) {
    return run(
        pod,
        NamespaceMode.NODE,
        "{\"runtimeSpec\":{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}}");
  }

  /** A pod of which it tells what the test says. */
  public String run(Pod pod, NamespaceMode mode, String info) {
    int number = made.incrementAndGet();
    String id = "sandbox-" + number;
    sandboxes.put(
        id, new Kept(number, pod, mode, PodSandboxState.SANDBOX_READY, Map.of("info", info)));
    return id;
  }

  /** A sandbox ends, and is still told of. */
  public void end(String id) {
    sandboxes.computeIfPresent(
        id,
        (same, kept) ->
            new Kept(
                kept.number(),
                kept.pod(),
                kept.mode(),
                PodSandboxState.SANDBOX_NOTREADY,
                kept.info()));
  }

  public void remove(String id) {
    sandboxes.remove(id);
  }

  /** Answers everything with an error; null for answers again. */
  public void refuse(@Nullable Status status) {
    refusal = status;
  }

  /** Answers nothing until what is given back is counted down. */
  public CountDownLatch hold() {
    CountDownLatch latch = new CountDownLatch(1);
    held = latch;
    return latch;
  }

  /** Does something before a status is told. */
  public void beforeStatus(Runnable what) {
    beforeStatus = what;
  }

  /** How often it was asked for a list. */
  public int lists() {
    return lists.get();
  }

  /** How often it was asked for a status. */
  public int statuses() {
    return statuses.get();
  }

  private void version(VersionRequest request, StreamObserver<VersionResponse> answer) {
    answer(
        answer,
        () ->
            VersionResponse.newBuilder().setRuntimeName("fake").setRuntimeVersion("v1.0").build());
  }

  private void list(ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> answer) {
    lists.incrementAndGet();
    answer(
        answer,
        () -> {
          List<PodSandbox> found = new ArrayList<>();
          sandboxes.forEach((id, kept) -> {
            if (passes(kept, request.getFilter())) {
              found.add(
                  PodSandbox.newBuilder()
                      .setId(id)
                      .setMetadata(metadata(kept.pod()))
                      .setState(kept.state())
                      .setCreatedAt(kept.number())
                      .build());
            }
          });
          return ListPodSandboxResponse.newBuilder().addAllItems(found).build();
        });
  }

  private static boolean passes(Kept kept, PodSandboxFilter filter) {
    String uid = filter.getLabelSelectorMap().get("io.kubernetes.pod.uid");
    return (uid == null || uid.equals(kept.pod().uid()))
        && (!filter.hasState() || filter.getState().getState() == kept.state());
  }

  private static PodSandboxMetadata metadata(Pod pod) {
    return PodSandboxMetadata.newBuilder()
        .setNamespace(pod.namespace())
        .setName(pod.name())
        .setUid(pod.uid())
        .build();
  }

  private void status(
      PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> answer) {
    statuses.incrementAndGet();
    beforeStatus.run();
    answer(
        answer,
        () -> {
          Kept kept = sandboxes.get(request.getPodSandboxId());
          if (kept == null) {
            throw Status.NOT_FOUND.withDescription("no such sandbox").asRuntimeException();
          }
          PodSandboxStatusResponse.Builder response =
              PodSandboxStatusResponse.newBuilder()
                  .setStatus(
                      PodSandboxStatus.newBuilder()
                          .setId(request.getPodSandboxId())
                          .setMetadata(metadata(kept.pod()))
                          .setState(kept.state())
                          .setLinux(
                              LinuxPodSandboxStatus.newBuilder()
                                  .setNamespaces(
                                      Namespace.newBuilder()
                                          .setOptions(
                                              NamespaceOption.newBuilder()
                                                  .setNetwork(kept.mode())))));
          return (request.getVerbose() ? response.putAllInfo(kept.info()) : response).build();
        });
  }

  private <A> void answer(StreamObserver<A> observer, Supplier<A> answer) {
    try {
      held.await();
      Status status = refusal;
      if (status != null) {
        observer.onError(status.asRuntimeException());
        return;
      }
      observer.onNext(answer.get());
      observer.onCompleted();
    } catch (InterruptedException e) {
      observer.onError(Status.CANCELLED.asRuntimeException());
    } catch (RuntimeException e) {
      observer.onError(e);
    }
  }

  @Override
  public void close() {
    held.countDown();
    stop();
    var unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5_000);
  }
}
