package io.netattach.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What this process may do to the network, asked before anything is tried. */
final class Privileges {
  // linux/capability.h
  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_SYS_ADMIN = 21;

  private Privileges() {}

  /**
   * @throws CommandException when a capability is missing that the command cannot do without
   */
  static void require(String command) {
    long effective = effective();
    List<String> missing = new ArrayList<>();
    if ((effective >> CAP_NET_ADMIN & 1) == 0) {
      missing.add("CAP_NET_ADMIN");
    }
    if ((effective >> CAP_SYS_ADMIN & 1) == 0) {
      missing.add("CAP_SYS_ADMIN");
    }
    if (!missing.isEmpty()) {
      throw new CommandException(
          command
              + " works on this node's network and needs root (here "
              + String.join(" and ", missing)
              + (missing.size() == 1 ? " is" : " are")
              + " missing); run it with sudo");
    }
  }

  private static long effective() {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
          .filter(line -> line.startsWith("CapEff:"))
          .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      throw new CommandException("cannot read /proc, which it needs: mount it");
    }
  }
}
