package io.netattach.cli;

import io.netattach.Ip;

/** The namespace of this process, which stands for the node, and what is done to it besides. */
public final class Node {
  // Files first: ip(8) opens all of them, and a pipe would have it wait.
  private static final String CLEAR =
      """
      for file in /run/netns/*; do
        while umount "$file" 2>/dev/null; do :; done
        rm -rf "$file"
      done
      ip -o link | sed 's/^[0-9]*: //; s/[@:].*//' | while read -r link; do
        [ "$link" = lo ] || ip link delete dev "$link" 2>/dev/null || :
      done
      """;

  private Node() {}

  /** Takes away everything that a test, or what it tests, has left. */
  public static void clear() {
    Shell.run(CLEAR);
  }

  /** The ifindex of a link, by which a link that was made again is told from one that stayed. */
  static int index(String link) {
    return Ip.here().link(link).path("ifindex").asInt();
  }

  static boolean has(String link) {
    return Ip.here().hasLink(link);
  }

  /** Whether {@code ip netns} lists a namespace of that name. */
  static boolean hasNetns(String name) {
    return Shell.run("ip netns list").lines().anyMatch(line -> line.split(" ", 2)[0].equals(name));
  }
}
