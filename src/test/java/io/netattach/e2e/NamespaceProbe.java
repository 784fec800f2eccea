package io.netattach.e2e;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * Says what is inside a network namespace of a node, from inside it: {@code NamespaceProbe
 * NAMESPACE [ARGUMENT...]}, with {@code -} for the node's own, prints a line for everything;
 * without arguments it stays, to keep a pod. Of the arguments, {@code ADDRESS} is tried to be
 * reached, {@code ADDRESS...} is tried without end, with a line for each hundred times, and in
 * {@code FILE=TEXT} the text is written to the file. It has nothing in common with the program that
 * it checks: the JDK alone, files in /proc and /sys, and two system calls. It runs in a pod, so it
 * is one class without others of ours.
 */
final class NamespaceProbe {
  // <bits/fcntl-linux.h>, linux/sched.h
  private static final int O_CLOEXEC = 02000000;
  private static final int CLONE_NEWNET = 0x40000000;

  private static final int REACH_MILLISECONDS = 3_000;
  private static final String ENDLESS = "...";
  private static final int ROUND = 100;

  /**
   * The JDK sends again after each second: a packet that is lost is not made up for by the next.
   */
  private static final int ANSWER_MILLISECONDS = 1_000;

  private NamespaceProbe() {}

  public static void main(String[] args) throws Throwable {
    if (args.length == 0) {
      Thread.currentThread().join();
    }
    if (!args[0].equals("-")) {
      enter("/run/netns/" + args[0]);
    }
    // The JDK adds those with IPv6 addresses where the first thread is, which is not inside.
    String inside = Files.readString(Path.of("/proc/thread-self/net/dev"));
    for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (inside.lines().anyMatch(line -> line.strip().startsWith(link.getName() + ":"))) {
        print(link);
      }
    }
    printGateways();
    printLeftovers();
    for (int i = 1; i < args.length; i++) {
      int text = args[i].indexOf('=');
      if (text >= 0) {
        Files.writeString(Path.of(args[i].substring(0, text)), args[i].substring(text + 1));
      } else if (args[i].endsWith(ENDLESS)) {
        reachWithoutEnd(args[i].substring(0, args[i].length() - ENDLESS.length()));
      } else {
        boolean reached = InetAddress.getByName(args[i]).isReachable(REACH_MILLISECONDS);
        System.out.println((reached ? "reached " : "not reached ") + args[i]);
      }
    }
  }

  private static void reachWithoutEnd(String address) throws IOException {
    InetAddress there = InetAddress.getByName(address);
    while (true) {
      int reached = 0;
      for (int i = 0; i < ROUND; i++) {
        if (there.isReachable(ANSWER_MILLISECONDS)) {
          reached++;
        }
      }
      System.out.println("reached " + address + " " + reached + " of " + ROUND);
    }
  }

  /** This thread only; sockets that it opens from now on are inside. */
  private static void enter(String file) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle open =
        linker.downcallHandle(
            linker.defaultLookup().find("open").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    MethodHandle setns =
        linker.downcallHandle(
            linker.defaultLookup().find("setns").orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) open.invokeExact(arena.allocateFrom(file), O_CLOEXEC);
      if (fd < 0 || (int) setns.invokeExact(fd, CLONE_NEWNET) != 0) {
        System.out.println("cannot enter " + file);
        System.exit(1);
      }
    }
  }

  private static void print(NetworkInterface link) throws SocketException {
    byte[] mac = link.getHardwareAddress();
    System.out.println(
        "link "
            + link.getName()
            + " mtu "
            + link.getMTU()
            + (link.isUp() ? " up" : " down")
            + (mac == null ? "" : " " + HexFormat.ofDelimiter(":").formatHex(mac)));
    for (InterfaceAddress address : link.getInterfaceAddresses()) {
      System.out.println(
          "address "
              + link.getName()
              + " "
              + address.getAddress().getHostAddress()
              + "/"
              + address.getNetworkPrefixLength());
    }
  }

  /** /proc/net is that of the first thread, which is not inside. */
  private static void printGateways() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/route"))) {
      String[] fields = line.split("\\s+", -1);
      if (fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000")) {
        int via = Integer.reverseBytes(Integer.parseUnsignedInt(fields[2], 16));
        System.out.printf(
            "default via %d.%d.%d.%d dev %s%n",
            via >>> 24, via >>> 16 & 255, via >>> 8 & 255, via & 255, fields[0]);
      }
    }
  }

  /** What is ours on the node, by names alone. A pod has no folder of namespaces. */
  private static void printLeftovers() throws IOException {
    Path named = Path.of("/run/netns");
    if (Files.isDirectory(named)) {
      try (Stream<Path> names = Files.list(named)) {
        names.forEach(name -> System.out.println("netns " + name.getFileName()));
      }
    }
    try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
      for (Path link : links.toList()) {
        Path alias = link.resolve("ifalias");
        if (Files.exists(alias) && Files.readString(alias).startsWith("netattach ")) {
          System.out.println("ours " + link.getFileName());
        }
      }
    }
  }
}
