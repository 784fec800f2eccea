package io.netattach.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Settings of the kernel below /proc/sys. */
final class ProcFiles {
  private static final int MAX_BYTES = 4096;

  private ProcFiles() {}

  /** A number; empty where there is no such setting, or none that may be read. */
  static OptionalLong setting(String path) {
    // In one read: the kernel gives numbers at the beginning of the file only.
    try (InputStream in = Files.newInputStream(Path.of("/proc/sys", path))) {
      byte[] bytes = new byte[MAX_BYTES];
      int length = in.read(bytes);
      String text = new String(bytes, 0, Math.max(0, length), StandardCharsets.US_ASCII);
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (IOException | NumberFormatException e) {
      // Not all kernels and containers have all of them.
      return OptionalLong.empty();
    }
  }
}
