package io.netattach.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.netattach.cli.doctor.Doctor;
import io.netattach.cli.doctor.Finding;
import io.netattach.cli.doctor.Finding.Result;
import io.netattach.cri.RuntimeSocket;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code netattach doctor}. */
@Command(
    name = "doctor",
    description = {
      "Look at what this node needs, and say what is missing, what follows from that, and what to do.",
      "Nothing on the node is changed: what the kernel can do is tried in a namespace that nobody sees"
          + " and that goes at the end. Without root it says what it cannot tell. An API server is asked"
          + " where there is $KUBECONFIG or a pod's service account."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all that is needed is there; some of it may work less well",
      "1:something needed is missing, or the command line was wrong"
    })
final class DoctorCommand implements Callable<Integer> {
  enum Output {
    JSON,
    YAML
  }

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml. Default: a table of sentences.")
  @Nullable Output output;

  @Option(
      names = "--existing-netns-only",
      description = "No network namespaces are to be made here, so mounts need not be shared.")
  boolean existingNetnsOnly;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "This node's name at the API server. Default: $NODE_NAME, else the host name.")
  @Nullable String node;

  @Option(
      names = "--runtime-socket",
      paramLabel = "PATH",
      description =
          "The container runtime's socket. Default: the first of those that the agent takes.")
  @Nullable Path runtimeSocket;

  @Override
  public Integer call() {
    NodeOptions names = new NodeOptions();
    names.node = node;
    List<Finding> findings =
        Doctor.look(
            existingNetnsOnly,
            names.nodeName(),
            RoleCommand.podNamespace(),
            new RuntimeSocket(runtimeSocket));
    boolean good = findings.stream().noneMatch(finding -> finding.result() == Result.MISSING);
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case null -> table(findings).print(out);
      case JSON -> print(out, new ObjectMapper(), new Report(good, findings));
      case YAML -> print(out, new YAMLMapper(), new Report(good, findings));
    }
    return good ? NetattachCommand.OK : NetattachCommand.ERROR;
  }

  private static Table table(List<Finding> findings) {
    Table table = new Table("RESULT", "CHECK", "WHAT");
    findings.forEach(
        finding -> table.row(finding.result().toString(), finding.subject(), finding.sentences()));
    return table;
  }

  private static void print(PrintWriter out, ObjectMapper mapper, Report report) {
    try {
      out.println(
          mapper
              .enable(SerializationFeature.INDENT_OUTPUT)
              .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
              .setDefaultPropertyInclusion(JsonInclude.Include.NON_EMPTY)
              .writeValueAsString(report)
              .stripTrailing());
      out.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of texts can be written", e);
    }
  }

  /** What {@code -o json} writes; an object, so that more can be added beside the findings. */
  private record Report(boolean good, List<Finding> findings) {}
}
