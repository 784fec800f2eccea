package io.netattach.cli.bench;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * What this process has used so far by the kernel's books, all its threads together. Asking takes a
 * system call and no more, so that it does not count itself.
 *
 * @param userSeconds of processor time in the program
 * @param systemSeconds of processor time in the kernel, on behalf of the program
 * @param maxRssKib the most memory that was resident at any time, KiB
 * @see <a href="https://man7.org/linux/man-pages/man2/getrusage.2.html">getrusage(2)</a>
 */
record Rusage(double userSeconds, double systemSeconds, long maxRssKib) {
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

  static Rusage now() {
    try (Memory usage = new Memory(SIZE)) {
      if (Libc.getrusage(RUSAGE_SELF, Pointer.nativeValue(usage)) != 0) {
        throw new IllegalStateException("getrusage cannot fail for the process itself");
      }
      return new Rusage(
          seconds(usage, 0), seconds(usage, 2 * Long.BYTES), usage.getLong(4 * Long.BYTES));
    }
  }

  private static double seconds(Memory usage, int at) {
    return usage.getLong(at) + usage.getLong(at + Long.BYTES) * 1e-6;
  }
}
