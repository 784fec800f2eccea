package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.cli.manifest.Quote;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that does something with each attachment that manifests ask of this node. */
abstract class ManifestCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      required = true,
      description = {
        "A manifest in YAML or JSON, with one or several attachments; a folder of them; or - for"
            + " standard input. May be repeated."
      })
  List<String> files = new ArrayList<>();

  @Mixin NodeOptions options = new NodeOptions();

  @Override
  public final Integer call() throws ManifestException {
    Privileges.require(spec.qualifiedName());
    PrintWriter err = spec.commandLine().getErr();
    List<Desired> all = Desired.read(files, System.in, err::println);
    List<Desired> ours = Desired.forNode(all, options.nodeName(), err::println);
    Desired.refuseClashes(ours);
    boolean failed = false;
    try (Engine engine = new Engine(options.policy())) {
      for (Desired desired : ours) {
        Attachment attachment = desired.attachment();
        try {
          carryOut(engine.of(desired.owner()), attachment, spec.commandLine().getOut());
        } catch (AttachException e) {
          failed = true;
          err.println(
              Quote.whole(attachment.identity() + ": " + e.reason() + ": " + e.getMessage()));
        }
      }
    }
    int code = end(spec.commandLine().getOut());
    return failed ? NetattachCommand.ERROR : code;
  }

  /** Does it to one attachment; a failure concerns that one only. */
  abstract void carryOut(Attacher attacher, Attachment attachment, PrintWriter out);

  /** What is left to do after the last; the exit code if all went well. */
  int end(PrintWriter out) {
    out.flush();
    return NetattachCommand.OK;
  }
}
