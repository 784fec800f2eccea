package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.netlink.Netns;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Numbered datagrams, about a thousand a second, from one namespace to an address in another. */
public final class Datagrams implements AutoCloseable {
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** How long after the one before each may come: this process may not run for a while. */
  private static final Duration LATE = Duration.ofSeconds(30);

  /** So often the receiver looks whether all have come. */
  private static final int LOOK_MILLIS = 100;

  /** So many are on their way at most, which is less than the kernel keeps for a receiver. */
  private static final int MOST_ON_THEIR_WAY = 100;

  private static final int BUFFER_BYTES = 1 << 20;

  private final DatagramSocket sender;
  private final DatagramSocket receiver;
  private final Thread sending;
  private final Thread receiving;
  private volatile boolean ending;
  private volatile boolean allSent;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger received = new AtomicInteger();
  private final List<String> trouble = new ArrayList<>();

  public Datagrams(Netns from, Netns to, String address) throws IOException {
    receiver =
        to.call(() -> {
          DatagramSocket socket =
              new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), 0));
          socket.setReceiveBufferSize(BUFFER_BYTES);
          socket.setSoTimeout(LOOK_MILLIS);
          return socket;
        });
    sender = from.call(() -> new DatagramSocket());
    sender.connect(receiver.getLocalSocketAddress());
    receiving = Thread.ofPlatform().daemon().name("receiver").start(this::receive);
    sending = Thread.ofPlatform().daemon().name("sender").start(this::send);
  }

  private void send() {
    ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
    while (!ending) {
      if (sent.get() - received.get() >= MOST_ON_THEIR_WAY) {
        LockSupport.parkNanos(INTERVAL_NANOS);
        continue;
      }
      try {
        sender.send(new DatagramPacket(number.putInt(0, sent.get()).array(), Integer.BYTES));
        sent.incrementAndGet();
      } catch (IOException e) {
        tell("datagram " + sent + " was not sent: " + e);
      }
      LockSupport.parkNanos(INTERVAL_NANOS);
    }
  }

  private void receive() {
    ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
    DatagramPacket packet = new DatagramPacket(number.array(), Integer.BYTES);
    long last = System.nanoTime();
    while (!allSent || received.get() < sent.get()) {
      try {
        receiver.receive(packet);
        if (number.getInt(0) != received.get()) {
          tell("expected datagram " + received + ", got " + number.getInt(0));
        }
        received.incrementAndGet();
        last = System.nanoTime();
      } catch (SocketTimeoutException e) {
        if (System.nanoTime() - last > LATE.toNanos()) {
          tell("none came for " + LATE.toSeconds() + " s after " + received);
          return;
        }
      } catch (IOException e) {
        tell("none can be received: " + e);
        return;
      }
    }
  }

  private void tell(String what) {
    synchronized (trouble) {
      if (trouble.size() < 10) {
        trouble.add(what);
      }
    }
  }

  /** How many have come. */
  public int received() {
    return received.get();
  }

  /** Ends sending; fails unless each that was sent came, in its order. */
  public void end() throws InterruptedException {
    ending = true;
    sending.join();
    allSent = true;
    receiving.join();
    synchronized (trouble) {
      assertThat(trouble).as("%d sent, %d received", sent, received).isEmpty();
    }
    assertThat(received.get()).isEqualTo(sent.get());
  }

  @Override
  public void close() {
    ending = true;
    sender.close();
    receiver.close();
  }
}
