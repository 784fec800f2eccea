package io.netattach.cli;

import io.netattach.attach.Owner;
import io.netattach.bridge.BridgeKeeper;
import io.netattach.bridge.DeclaredBridge;
import io.netattach.bridge.Underlay;
import io.netattach.netlink.Netns;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code netattach run}. */
@Command(
    name = "run",
    description = {
      "Keep this node's kernel as the manifests in a folder say, until it is stopped.",
      "A file that is removed is a detach. A broken file counts as what it was when it was last good.",
      "On SIGTERM or Ctrl-C it ends and leaves what it attached in place."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = "--manifests",
      paramLabel = "DIR",
      required = true,
      description = "The folder: its files *.yaml, *.yml and *.json, not those in folders in it.")
  Path manifests = Path.of("");

  @Option(
      names = "--once",
      description = "End after the first pass; exit code 1 if not all is ready.")
  boolean once;

  @Option(names = "--teardown", description = "At the end, detach what this folder attached.")
  boolean teardown;

  @Option(
      names = "--recheck",
      paramLabel = "SECONDS",
      description =
          "How often to look for what was changed on the node. Default: ${DEFAULT-VALUE}.",
      defaultValue = "10")
  int recheck;

  @Mixin NodeOptions options = new NodeOptions();

  @Mixin BridgeOptions networks = new BridgeOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (recheck < 1 || recheck > 86_400) {
      throw new ParameterException(
          spec.commandLine(), "--recheck: " + recheck + " is not within 1 to 86400 seconds");
    }
    List<DeclaredBridge> bridges = networks.bridges();
    Underlay underlay = Underlay.alone(networks.underlay());
    Path folder = manifests.toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          "--manifests: "
              + manifests
              + (Files.exists(folder) ? " is not a folder" : " does not exist")
              + "; name a folder that manifests are in");
    }
    Privileges.require("netattach run");
    PrintWriter out = spec.commandLine().getOut();
    try (Netns node = Netns.current();
        BridgeKeeper kept = bridges(node, folder, bridges, underlay, out);
        FolderWatch watch = new FolderWatch(folder);
        Stop stop = Stop.onSignal(watch::close);
        FolderKeeper keeper =
            new FolderKeeper(
                folder, options.nodeName(), options.policy(), line -> say(out, line))) {
      boolean good = keep(keeper, watch, stop) && (!once || kept.troubles().isEmpty());
      if (teardown) {
        good &= keeper.teardown();
        kept.close();
        try (BridgeKeeper none = bridges(node, folder, List.of(), underlay, out)) {
          good &= none.troubles().isEmpty();
        }
      }
      int code = good ? NetattachCommand.OK : NetattachCommand.ERROR;
      stop.exitWith(code);
      return code;
    }
  }

  private BridgeKeeper bridges(
      Netns node, Path folder, List<DeclaredBridge> bridges, Underlay underlay, PrintWriter out) {
    return new BridgeKeeper(
        node,
        Owner.ofFolder(folder),
        bridges,
        underlay,
        Duration.ofSeconds(recheck),
        line -> say(out, line));
  }

  private boolean keep(FolderKeeper keeper, FolderWatch watch, Stop stop)
      throws InterruptedException {
    while (true) {
      FolderKeeper.Pass pass = keeper.pass(stop::isAsked);
      if (stop.isAsked()) {
        return true;
      }
      if (once && !pass.waiting()) {
        return pass.allGood();
      }
      watch.await(FolderKeeper.wait(pass, Duration.ofSeconds(recheck)));
      if (stop.isAsked()) {
        return true;
      }
    }
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
