package io.netattach.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.netattach.attach.Attacher;
import io.netattach.attach.Inventory;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Owner;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code netattach list}. */
@Command(
    name = "list",
    description = {
      "Show the attachments on this node, as its kernel has them.",
      "They are told by their marks alone; neither manifests nor an API server are asked."
    },
    mixinStandardHelpOptions = true)
final class ListCommand implements Runnable {
  enum Output {
    WIDE,
    JSON,
    YAML
  }

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "wide, json or yaml. Default: a table of the most important columns.")
  @Nullable Output output;

  @Override
  public void run() {
    Privileges.require("netattach list");
    PrintWriter out = spec.commandLine().getOut();
    List<ListedAttachment> items;
    try (Engine engine = new Engine(NodePolicy.defaults())) {
      Attacher attacher = engine.of(new Owner("file:-"));
      items = attacher.inventory().attachments().stream().map(ListCommand::listed).toList();
    }
    if (items.isEmpty()) {
      spec.commandLine().getErr().println("no attachments on this node");
    }
    switch (output) {
      case null -> table(items, false).print(out);
      case WIDE -> table(items, true).print(out);
      case JSON -> print(out, new ObjectMapper(), items);
      case YAML -> print(out, new YAMLMapper(), items);
    }
  }

  private static ListedAttachment listed(Inventory.Item item) {
    return ListedAttachment.of(item);
  }

  private static void print(PrintWriter out, ObjectMapper mapper, List<ListedAttachment> items) {
    try {
      out.println(
          mapper
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValueAsString(new ListedAttachments(items))
              .stripTrailing());
      out.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of texts and numbers can be written", e);
    }
  }

  /** What {@code -o json} writes; an object, so that more can be added beside the items. */
  private record ListedAttachments(List<ListedAttachment> items) {}

  private static Table table(List<ListedAttachment> items, boolean wide) {
    Table table =
        wide
            ? new Table(
                "ATTACHMENT",
                "TARGET",
                "HOST-IF",
                "HOST-MAC",
                "HOST-ADDRESSES",
                "CONTAINER-IF",
                "CONTAINER-MAC",
                "ADDRESSES",
                "MTU",
                "STATE",
                "OWNER",
                "UID")
            : new Table("ATTACHMENT", "TARGET", "HOST-IF", "CONTAINER-IF", "ADDRESSES", "STATE");
    for (ListedAttachment item : items) {
      ListedAttachment.End host = item.host();
      ListedAttachment.End container = item.container();
      String target = item.netns() == null ? "-" : "netns/" + item.netns();
      String containerName = container == null ? "-" : container.name();
      String addresses = container == null ? "-" : joined(container.addresses());
      if (wide) {
        table.row(
            item.attachment(),
            target,
            host.name(),
            host.mac(),
            joined(host.addresses()),
            containerName,
            container == null ? "-" : container.mac(),
            addresses,
            Integer.toString(host.mtu()),
            host.state(),
            item.owner() == null ? "-" : item.owner(),
            item.uid());
      } else {
        table.row(item.attachment(), target, host.name(), containerName, addresses, host.state());
      }
    }
    return table;
  }

  private static String joined(List<String> addresses) {
    return addresses.isEmpty() ? "-" : String.join(",", addresses);
  }
}
