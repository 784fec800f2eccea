package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code netattach attach}. */
@Command(
    name = "attach",
    description = {
      "Make this node's kernel have the attachments in manifests, once.",
      "What is as desired already is left alone; what fails is taken back."
    },
    mixinStandardHelpOptions = true)
final class AttachCommand extends ManifestCommand {
  private final Results results = new Results();

  @Override
  boolean carryOut(Engine engine, List<Desired> ours, PrintWriter out) {
    return each(engine, ours, this::attach);
  }

  private void attach(Attacher attacher, Attachment attachment) {
    long start = System.nanoTime();
    try {
      results.add(attachment, attacher.attach(attachment));
    } catch (AttachException e) {
      results.add(attachment, e, Duration.ofNanos(System.nanoTime() - start));
      throw e;
    }
  }

  @Override
  int end(PrintWriter out) {
    results.print(out);
    return NetattachCommand.OK;
  }
}
