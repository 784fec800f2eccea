package io.netattach.cli.bench;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process has used so far, all its threads together.
 *
 * @param userSeconds of processor time in the program
 * @param systemSeconds of processor time in the kernel, on behalf of the program
 * @param maxRssKib the most memory that was resident at any time, KiB
 * @param rssKib the memory that is resident now, KiB
 * @param descriptors how many files, sockets and the like are open
 * @param threads how many there are, those of the JVM included
 * @see <a href="https://man7.org/linux/man-pages/man2/getrusage.2.html">getrusage(2)</a>
 */
record ResourceUse(
    double userSeconds,
    double systemSeconds,
    long maxRssKib,
    long rssKib,
    int descriptors,
    long threads) {
  private static final class Libc {
    static {
      Native.register(Libc.class, "c");
    }

    private Libc() {}

    static native int getrusage(int who, long usage);
  }

  /** Of sys/resource.h. */
  private static final int RUSAGE_SELF = 0;

  /** struct rusage of a 64-bit system: two timevals, and 14 longs of which the first is maxrss. */
  private static final int SIZE = 16 * Long.BYTES + 2 * Long.BYTES;

  static ResourceUse now() {
    try (Memory usage = new Memory(SIZE)) {
      if (Libc.getrusage(RUSAGE_SELF, Pointer.nativeValue(usage)) != 0) {
        throw new IllegalStateException("getrusage cannot fail for the process itself");
      }
      return new ResourceUse(
          seconds(usage, 0),
          seconds(usage, 2 * Long.BYTES),
          usage.getLong(4 * Long.BYTES),
          status("VmRSS:"),
          openDescriptors(),
          status("Threads:"));
    }
  }

  private static int openDescriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      // One of them is this look.
      return (int) open.count() - 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A number of proc_pid_status(5). */
  private static long status(String field) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double seconds(Memory usage, int at) {
    return usage.getLong(at) + usage.getLong(at + Long.BYTES) * 1e-6;
  }
}
