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
import java.util.function.BiConsumer;
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
    boolean good;
    try (Engine engine = new Engine(options.policy())) {
      good = carryOut(engine, ours, spec.commandLine().getOut());
    }
    int code = end(spec.commandLine().getOut());
    return good ? code : NetattachCommand.ERROR;
  }

  /** Does it to all of them; whether none failed, which was told. */
  abstract boolean carryOut(Engine engine, List<Desired> ours, PrintWriter out);

  /** Does something to one after another; a failure concerns that one only. */
  final boolean each(
      Engine engine, List<Desired> ours, BiConsumer<Attacher, Attachment> operation) {
    boolean good = true;
    for (Desired desired : ours) {
      try {
        operation.accept(engine.of(desired.owner()), desired.attachment());
      } catch (AttachException e) {
        good = false;
        tell(desired.attachment(), e);
      }
    }
    return good;
  }

  final void tell(Attachment attachment, AttachException e) {
    String line = attachment.identity() + ": " + e.reason() + ": " + e.getMessage();
    spec.commandLine().getErr().println(Quote.whole(line));
  }

  /** What is left to do after the last; the exit code if all went well. */
  int end(PrintWriter out) {
    out.flush();
    return NetattachCommand.OK;
  }
}
