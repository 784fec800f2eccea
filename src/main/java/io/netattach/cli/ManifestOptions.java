package io.netattach.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which manifests. */
final class ManifestOptions {
  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      required = true,
      description = {
        "A manifest in YAML or JSON, with one or several attachments; a folder of them; or - for"
            + " standard input. May be repeated."
      })
  List<String> files = new ArrayList<>();
}
