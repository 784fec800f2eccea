package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attachment;
import io.netattach.attach.Plan;
import io.netattach.attach.Step;
import io.netattach.attach.StepText;
import io.netattach.cli.manifest.ManifestException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netattach plan}. */
@Command(
    name = "plan",
    description = {
      "Show what attach would do to this node's kernel, and do nothing.",
      "The output is a shell script: each step in words as a comment, and below it the commands of"
          + " iproute2 that do the same."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:nothing to do", "1:something was wrong", "2:changes are pending"})
final class PlanCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Mixin ManifestOptions manifests = new ManifestOptions();
  @Mixin NodeOptions options = new NodeOptions();

  @Override
  public Integer call() throws ManifestException {
    Privileges.require("netattach plan");
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Desired> all = Desired.read(manifests.files, System.in);
    List<Desired> ours = Desired.forNode(all, options.nodeName(), err::println);
    List<Step> before = new ArrayList<>();
    int failures = 0;
    try (Engine engine = new Engine(options.policy())) {
      for (Desired desired : ours) {
        Attachment attachment = desired.attachment();
        try {
          Plan plan = engine.of(desired.owner()).plan(attachment, before);
          before.addAll(plan.steps());
          print(out, attachment, plan);
        } catch (AttachException e) {
          failures++;
          err.println(attachment.identity() + ": " + e.reason() + ": " + e.getMessage());
        }
      }
    }
    if (failures > 0) {
      return NetattachCommand.ERROR;
    }
    return before.isEmpty() ? NetattachCommand.OK : NetattachCommand.PENDING;
  }

  private static void print(PrintWriter out, Attachment attachment, Plan plan) {
    int steps = plan.steps().size();
    String count = steps == 0 ? "nothing to do" : steps == 1 ? "1 step" : steps + " steps";
    out.println("# " + attachment.identity() + ": " + count);
    StepText text = new StepText(attachment);
    for (Step step : plan.steps()) {
      out.println("#   " + text.words(step));
      text.commands(step).forEach(out::println);
    }
    out.flush();
  }
}
