package io.netattach.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process has used so far, and what it holds now.
 *
 * @param rssKib the memory that is resident now, KiB
 * @param descriptors how many files, sockets and the like are open
 * @param threads how many there are, those of the JVM included
 */
record ResourceUse(Rusage rusage, long rssKib, int descriptors, long threads) {

  static ResourceUse now() {
    // First, for all the rest takes time.
    Rusage rusage = Rusage.now();
    return new ResourceUse(rusage, status("VmRSS:"), openDescriptors(), status("Threads:"));
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
}
