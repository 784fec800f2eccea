package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.cli.manifest.ManifestException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netattach attach}. */
@Command(
    name = "attach",
    description = {
      "Make this node's kernel have the attachments in manifests, once.",
      "What is as desired already is left alone; what fails is taken back."
    },
    mixinStandardHelpOptions = true)
final class AttachCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Mixin ManifestOptions manifests = new ManifestOptions();
  @Mixin NodeOptions options = new NodeOptions();

  @Override
  public Integer call() throws ManifestException {
    Privileges.require("netattach attach");
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Desired> all = Desired.read(manifests.files, System.in);
    List<Desired> ours = Desired.forNode(all, options.nodeName(), err::println);
    Results results = new Results();
    int failures = 0;
    try (Engine engine = new Engine(options.policy())) {
      for (Desired desired : ours) {
        long start = System.nanoTime();
        try {
          Attached attached = engine.of(desired.owner()).attach(desired.attachment());
          results.add(desired.attachment(), attached);
        } catch (AttachException e) {
          failures++;
          Duration took = Duration.ofNanos(System.nanoTime() - start);
          results.add(desired.attachment(), e, took);
          err.println(desired.attachment().identity() + ": " + e.reason() + ": " + e.getMessage());
        }
      }
    }
    if (!ours.isEmpty()) {
      results.print(out);
    }
    return failures == 0 ? NetattachCommand.OK : NetattachCommand.ERROR;
  }
}
