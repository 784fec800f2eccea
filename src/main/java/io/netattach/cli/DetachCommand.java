package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attachment;
import io.netattach.attach.DetachResult;
import io.netattach.attach.Detached;
import io.netattach.attach.Identity;
import io.netattach.attach.Owner;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  /** All at once, which takes about as long as one. */
  @Override
  boolean carryOut(Engine engine, List<Desired> ours, PrintWriter out) {
    Map<Owner, List<Attachment>> byOwner = new LinkedHashMap<>();
    for (Desired desired : ours) {
      byOwner.computeIfAbsent(desired.owner(), o -> new ArrayList<>()).add(desired.attachment());
    }
    boolean good = true;
    for (Map.Entry<Owner, List<Attachment>> entry : byOwner.entrySet()) {
      List<Attachment> attachments = entry.getValue();
      List<DetachResult> results = engine.of(entry.getKey()).detachAll(attachments);
      for (int i = 0; i < results.size(); i++) {
        Attachment attachment = attachments.get(i);
        switch (results.get(i)) {
          case DetachResult.Done(Identity same, Detached detached) ->
              out.println(line(attachment, detached));
          case DetachResult.Failed(Identity same, AttachException failure) -> {
            good = false;
            tell(attachment, failure);
          }
        }
      }
    }
    return good;
  }

  private static String line(Attachment attachment, Detached detached) {
    String netns = ", namespace " + attachment.target().netns();
    return attachment.identity()
        + (detached.link() ? ": detached" : ": was not attached")
        + (detached.netns() ? netns + " deleted" : "")
        + (detached.occupants().isEmpty()
            ? ""
            : netns + " kept, for it holds " + String.join(", ", detached.occupants()));
  }
}
