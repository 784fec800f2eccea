package io.netattach.launch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.StringArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The capabilities of this process (capabilities(7)). Each thread has its own, and a JVM has begun
 * a dozen before the first line of Java runs. So one thread takes them out of its bounding set and
 * its inheritable one, of which the kernel makes those of a program that root executes, and
 * executes this process's own once more: what begins then can have no others, in any thread.
 */
final class Capabilities {
  /** linux/capability.h: CAP_NET_BROADCAST, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN. */
  private static final long OF_AN_AGENT = 1L << 11 | 1L << 12 | 1L << 13 | 1L << 21;

  /** linux/prctl.h. */
  private static final int PR_CAPBSET_DROP = 24;

  private static final int PR_SET_NO_NEW_PRIVS = 38;

  /** linux/capability.h: capget(2) and capset(2) with the lower and the upper 32 capabilities. */
  private static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;

  /** linux/fcntl.h. */
  private static final int F_SETFD = 2;

  private static final int FD_CLOEXEC = 1;

  private static final int STDERR = 2;

  private static final Path SELF = Path.of("/proc/self");

  private Capabilities() {}

  /**
   * Returns at once where this process can have no others. Otherwise it does not return, and the
   * process begins anew, with the same arguments, environment and standard streams, and with no way
   * to gain privileges. Where the kernel refuses that, it says so and returns.
   */
  static void keepThoseOfAnAgent() throws IOException {
    long others = others();
    if (others == 0) {
      return;
    }
    NativeLibrary libc = NativeLibrary.getInstance("c");
    Function prctl = libc.getFunction("prctl");
    for (int capability = 0; capability < Long.SIZE; capability++) {
      if ((others >>> capability & 1) != 0) {
        prctl.invokeInt(new Object[] {PR_CAPBSET_DROP, (long) capability, 0L, 0L, 0L});
      }
    }
    inheritNoOthers(libc);
    // Never in a circle: it begins anew only with less than it had.
    if (others() == 0) {
      prctl.invokeInt(new Object[] {PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L});
      closeFilesAtExec(libc);
      libc.getFunction("execve")
          .invokeInt(
              new Object[] {
                SELF.resolve("exe").toRealPath().toString(), words("cmdline"), words("environ")
              });
    }
    System.err.println(
        "netattach: the kernel does not let this agent give up capabilities it has no use for; it goes on"
            + " with them");
  }

  /** What a program that this thread executes could have; it is not the process's first thread. */
  private static long others() throws IOException {
    return (set("CapBnd:") | set("CapInh:")) & ~OF_AN_AGENT;
  }

  private static long set(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith(name)) {
        return Long.parseUnsignedLong(line.substring(name.length()).strip(), 16);
      }
    }
    throw new IOException("/proc/thread-self/status has no " + name);
  }

  /** Of this thread. Root gets what it inherits although it is not in the bounding set. */
  private static void inheritNoOthers(NativeLibrary libc) {
    int[] header = {LINUX_CAPABILITY_VERSION_3, 0};
    // struct __user_cap_data_struct, twice: effective, permitted, inheritable.
    int[] data = new int[6];
    libc.getFunction("capget").invokeInt(new Object[] {header, data});
    data[2] &= (int) OF_AN_AGENT;
    data[5] = 0;
    libc.getFunction("capset").invokeInt(new Object[] {header, data});
  }

  /** All but the standard streams: Java opens jars so that they would stay open. */
  private static void closeFilesAtExec(NativeLibrary libc) throws IOException {
    Function fcntl = libc.getFunction("fcntl");
    try (Stream<Path> files = Files.list(SELF.resolve("fd"))) {
      files
          .mapToInt(file -> Integer.parseInt(file.getFileName().toString()))
          .filter(fd -> fd > STDERR)
          .forEach(fd -> fcntl.invokeInt(new Object[] {fd, F_SETFD, FD_CLOEXEC}));
    }
  }

  /** As the process was started, byte by byte; what has been set since is not in it. */
  private static StringArray words(String file) throws IOException {
    String bytes = Files.readString(SELF.resolve(file), StandardCharsets.ISO_8859_1);
    // Each ends with a zero.
    String[] words =
        bytes.isEmpty() ? new String[0] : bytes.substring(0, bytes.length() - 1).split("\0", -1);
    return new StringArray(words, StandardCharsets.ISO_8859_1.name());
  }
}
