package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.cli.manifest.ManifestProblem;
import io.netattach.cli.manifest.Quote;
import io.netattach.netlink.NetlinkException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command that all others belong to; what scripts rely on about exit codes is decided here. */
@Command(
    name = "netattach",
    description = {
      "Keeps veth links between this node and the network namespaces on it as declared.",
      "",
      "agent and controller are the two parts of the operator in a cluster; setup, teardown and"
          + " selftest act on a cluster as a whole. The other commands act on the kernel of the node"
          + " that they run on, not on an API server."
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.Provider.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; plan: nothing to do",
      "1:something was wrong, which one line on standard error says each; doctor: something is missing",
      "2:plan: changes are pending"
    })
final class NetattachCommand implements Runnable {
  static final int OK = 0;
  static final int ERROR = 1;
  static final int PENDING = 2;

  /** By name, in the order of the help. */
  private static final List<Map.Entry<String, Class<?>>> COMMANDS =
      List.of(
          Map.entry("attach", AttachCommand.class),
          Map.entry("plan", PlanCommand.class),
          Map.entry("detach", DetachCommand.class),
          Map.entry("list", ListCommand.class),
          Map.entry("run", RunCommand.class),
          Map.entry("agent", AgentCommand.class),
          Map.entry("controller", ControllerCommand.class),
          Map.entry("setup", SetupCommand.class),
          Map.entry("teardown", TeardownCommand.class),
          Map.entry("selftest", SelftestCommand.class),
          Map.entry("doctor", DoctorCommand.class),
          Map.entry("bench", BenchCommand.class),
          Map.entry("demo", DemoCommand.class),
          Map.entry("version", VersionCommand.class));

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  /**
   * What reads these arguments. It knows only the command that they begin with, since reading the
   * options of all of them takes longer than most commands do; where they begin with none, it knows
   * all of them, for help.
   */
  static CommandLine commandLine(String... arguments) {
    CommandLine line = new CommandLine(new NetattachCommand());
    String asked = arguments.length == 0 ? "" : arguments[0];
    boolean isKnown = COMMANDS.stream().anyMatch(command -> command.getKey().equals(asked));
    COMMANDS.stream()
        .filter(command -> !isKnown || command.getKey().equals(asked))
        .forEach(command -> line.addSubcommand(command.getKey(), command.getValue()));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(int.class, NetattachCommand::wholeNumber);
    line.setParameterExceptionHandler(NetattachCommand::usage);
    line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command is given");
  }

  private static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    String message = unknownCommand(e).orElse(String.valueOf(e.getMessage()));
    err.println(
        "netattach: "
            + message.lines().findFirst().orElse("")
            + "; see "
            + command.getCommandSpec().qualifiedName()
            + " --help");
    return ERROR;
  }

  /** What is told of a word where a command belongs. */
  private static Optional<String> unknownCommand(ParameterException e) {
    return e instanceof UnmatchedArgumentException unmatched
            && !unmatched.isUnknownOption()
            && unmatched.getCommandLine().getParent() == null
        ? Optional.of("there is no command '" + unmatched.getUnmatched().getFirst() + "'")
        : Optional.empty();
  }

  private static int wholeNumber(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a whole number");
    }
  }

  private static int failed(Exception e, CommandLine command) throws Exception {
    PrintWriter err = command.getErr();
    switch (e) {
      case ManifestException manifests -> {
        for (ManifestProblem problem : manifests.problems()) {
          err.println(problem);
        }
      }
      case AttachException attach -> err.println("netattach: " + Quote.whole(attach.getMessage()));
      case NetlinkException netlink ->
          err.println("netattach: " + Quote.whole(netlink.getMessage()));
      case CommandException said -> err.println("netattach: " + said.getMessage());
      // Anything else is a mistake of this program: where it happened helps to mend it.
      default -> throw e;
    }
    return ERROR;
  }
}
