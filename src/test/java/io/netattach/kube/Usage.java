package io.netattach.kube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What a process has used so far.
 *
 * @param cpu of all its threads, in user and in kernel mode
 * @param resident now, in KiB (VmRSS of proc_pid_status(5))
 * @param most of it at any time, in KiB (VmHWM)
 */
public record Usage(Duration cpu, long resident, long most) {
  public static Usage of(Program program) {
    try {
      ProcessHandle process = ProcessHandle.of(program.pid()).orElseThrow();
      long resident = 0;
      long most = 0;
      for (String line : Files.readAllLines(Path.of("/proc/" + program.pid() + "/status"))) {
        String[] words = line.split("\\s+", -1);
        switch (words[0]) {
          case "VmRSS:" -> resident = Long.parseLong(words[1]);
          case "VmHWM:" -> most = Long.parseLong(words[1]);
          default -> {}
        }
      }
      return new Usage(process.info().totalCpuDuration().orElseThrow(), resident, most);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String since(Usage before) {
    return String.format(
        Locale.ROOT,
        "used %.2f s of CPU and has %.0f MiB resident, at most %.0f",
        cpu.minus(before.cpu).toMillis() / 1e3,
        resident / 1024.0,
        most / 1024.0);
  }
}
