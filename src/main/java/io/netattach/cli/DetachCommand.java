package io.netattach.cli;

import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Detached;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code netattach detach}. */
@Command(
    name = "detach",
    description = {
      "Remove the attachments in manifests from this node's kernel.",
      "What is gone already counts as removed."
    },
    mixinStandardHelpOptions = true)
final class DetachCommand extends ManifestCommand {
  @Override
  void carryOut(Attacher attacher, Attachment attachment, PrintWriter out) {
    Detached detached = attacher.detach(attachment);
    String netns = ", namespace " + attachment.target().netns();
    out.println(
        attachment.identity()
            + (detached.link() ? ": detached" : ": was not attached")
            + (detached.netns() ? netns + " deleted" : "")
            + (detached.occupants().isEmpty()
                ? ""
                : netns + " kept, for it holds " + String.join(", ", detached.occupants())));
  }
}
