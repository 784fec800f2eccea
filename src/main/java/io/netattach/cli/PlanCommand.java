package io.netattach.cli;

import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Plan;
import io.netattach.attach.Step;
import io.netattach.attach.StepText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

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
final class PlanCommand extends ManifestCommand {
  private final List<Step> steps = new ArrayList<>();

  @Override
  boolean carryOut(Engine engine, List<Desired> ours, PrintWriter out) {
    return each(engine, ours, (attacher, attachment) -> plan(attacher, attachment, out));
  }

  private void plan(Attacher attacher, Attachment attachment, PrintWriter out) {
    Plan plan = attacher.plan(attachment, steps);
    steps.addAll(plan.steps());
    int count = plan.steps().size();
    String todo = count == 0 ? "nothing to do" : count == 1 ? "1 step" : count + " steps";
    out.println("# " + attachment.identity() + ": " + todo);
    StepText text = new StepText(attachment);
    for (Step step : plan.steps()) {
      out.println("#   " + text.words(step));
      text.commands(step).forEach(out::println);
    }
  }

  @Override
  int end(PrintWriter out) {
    out.flush();
    return steps.isEmpty() ? NetattachCommand.OK : NetattachCommand.PENDING;
  }
}
