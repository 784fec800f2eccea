package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attachment;
import io.netattach.attach.Detached;
import io.netattach.cli.manifest.ManifestException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netattach detach}. */
@Command(
    name = "detach",
    description = {
      "Remove the attachments in manifests from this node's kernel.",
      "What is gone already counts as removed."
    },
    mixinStandardHelpOptions = true)
final class DetachCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Mixin ManifestOptions manifests = new ManifestOptions();
  @Mixin NodeOptions options = new NodeOptions();

  @Override
  public Integer call() throws ManifestException {
    Privileges.require("netattach detach");
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Desired> all = Desired.read(manifests.files, System.in);
    List<Desired> ours = Desired.forNode(all, options.nodeName(), err::println);
    int failures = 0;
    try (Engine engine = new Engine(options.policy())) {
      for (Desired desired : ours) {
        Attachment attachment = desired.attachment();
        try {
          Detached detached = engine.of(desired.owner()).detach(attachment);
          out.println(attachment.identity() + ": " + words(attachment, detached));
        } catch (AttachException e) {
          failures++;
          err.println(attachment.identity() + ": " + e.reason() + ": " + e.getMessage());
        }
      }
    }
    return failures == 0 ? NetattachCommand.OK : NetattachCommand.ERROR;
  }

  /** What was removed, and what was not and why. */
  static String words(Attachment attachment, Detached detached) {
    List<String> words = new ArrayList<>();
    String netns = "namespace " + attachment.target().netns();
    words.add(detached.link() ? "detached" : "was not attached");
    if (detached.netns()) {
      words.add(netns + " deleted");
    }
    if (!detached.occupants().isEmpty()) {
      words.add(netns + " kept, for it holds " + String.join(", ", detached.occupants()));
    }
    return String.join(", ", words);
  }
}
