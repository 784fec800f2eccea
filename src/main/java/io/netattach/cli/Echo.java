package io.netattach.cli;

import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * Datagrams sent from a container to the node, which sends them back.
 *
 * @param answered whether all came back as they were
 * @param roundTrip the median
 */
record Echo(boolean answered, Duration roundTrip) {
  private static final int COUNT = 5;
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final byte[] PAYLOAD =
      "netattach passes packets both ways".getBytes(StandardCharsets.US_ASCII);

  static Echo between(NetnsName container, IpAddress from, IpAddress to) throws IOException {
    InetSocketAddress here = new InetSocketAddress(InetAddress.getByAddress(to.bytes()), 0);
    InetSocketAddress there = new InetSocketAddress(InetAddress.getByAddress(from.bytes()), 0);
    // A socket stays in the namespace that it was made in.
    try (DatagramSocket node = new DatagramSocket(here);
        Netns netns = Netns.open(container);
        DatagramSocket inside = netns.call(() -> new DatagramSocket(there))) {
      Thread.ofPlatform().daemon().start(() -> answer(node));
      inside.setSoTimeout((int) TIMEOUT.toMillis());
      inside.connect(node.getLocalSocketAddress());
      long[] nanos = new long[COUNT];
      boolean answered = true;
      for (int i = 0; i < COUNT; i++) {
        long start = System.nanoTime();
        answered &= comesBack(inside);
        nanos[i] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      return new Echo(answered, Duration.ofNanos(nanos[COUNT / 2]));
    }
  }

  private static boolean comesBack(DatagramSocket socket) throws IOException {
    socket.send(new DatagramPacket(PAYLOAD, PAYLOAD.length));
    DatagramPacket answer = new DatagramPacket(new byte[PAYLOAD.length], PAYLOAD.length);
    try {
      socket.receive(answer);
    } catch (SocketTimeoutException e) {
      return false;
    }
    return Arrays.equals(PAYLOAD, answer.getData());
  }

  private static void answer(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[PAYLOAD.length], PAYLOAD.length);
    try {
      while (true) {
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (SocketException e) {
      // Closed: the demonstration has seen enough.
    } catch (IOException e) {
      // Not answered is what the other side then says.
    }
  }
}
