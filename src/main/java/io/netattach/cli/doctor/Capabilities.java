package io.netattach.cli.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What this process may do, as the kernel counts it.
 *
 * @param effective a bit for each capability, as numbered in linux/capability.h
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
public record Capabilities(long effective) {
  /** Some of linux/capability.h. */
  public enum Capability {
    CAP_NET_BROADCAST(11),
    CAP_NET_ADMIN(12),
    CAP_NET_RAW(13),
    CAP_SYS_ADMIN(21);

    private final int number;

    Capability(int number) {
      this.number = number;
    }
  }

  /**
   * Those of this thread.
   *
   * @throws UncheckedIOException when there is no /proc
   */
  public static Capabilities current() {
    try {
      return new Capabilities(
          Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
              .filter(line -> line.startsWith("CapEff:"))
              .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
              .findFirst()
              .orElse(0L));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it is among them. */
  public boolean has(Capability capability) {
    return (effective >> capability.number & 1) != 0;
  }

  /** Those of the given ones that it has not, by name. */
  public List<String> missing(Capability... needed) {
    List<String> missing = new ArrayList<>();
    for (Capability capability : needed) {
      if (!has(capability)) {
        missing.add(capability.name());
      }
    }
    return missing;
  }
}
