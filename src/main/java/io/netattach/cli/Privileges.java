package io.netattach.cli;

import io.netattach.cli.doctor.Capabilities;
import io.netattach.cli.doctor.Capabilities.Capability;
import java.io.UncheckedIOException;
import java.util.List;

/** What this process may do to the network, asked before anything is tried. */
final class Privileges {
  private Privileges() {}

  /**
   * @throws CommandException when a capability is missing that the command cannot do without
   */
  static void require(String command) {
    List<String> missing = current().missing(Capability.CAP_NET_ADMIN, Capability.CAP_SYS_ADMIN);
    if (!missing.isEmpty()) {
      throw new CommandException(
          command
              + " works on this node's network and needs root (here "
              + String.join(" and ", missing)
              + (missing.size() == 1 ? " is" : " are")
              + " missing); run it with sudo");
    }
  }

  private static Capabilities current() {
    try {
      return Capabilities.current();
    } catch (UncheckedIOException e) {
      throw new CommandException("cannot read /proc, which it needs: mount it");
    }
  }
}
