package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.attach.Attachment;
import io.netattach.attach.Inventory;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code netattach demo}, which {@code make run} starts in a sandbox. */
@Command(
    name = "demo",
    description = {
      "Show the main job in an empty network namespace that stands for a node.",
      "Attaches the manifests in a folder, sends packets through, breaks a link and repairs it; takes"
          + " all down on Ctrl-C, or at once when not on a terminal.",
      "Refuses to run where other links are."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final Duration RECHECK = Duration.ofSeconds(1);

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(paramLabel = "DIR", description = "The folder of manifests.")
  Path manifests = Path.of("");

  @Mixin NodeOptions options = new NodeOptions();

  @Override
  public Integer call() throws IOException, InterruptedException, ManifestException {
    Privileges.require("netattach demo");
    List<Desired> desired =
        Desired.forNode(
            Desired.read(List.of(manifests.toString()), System.in, note -> {}),
            options.nodeName(),
            note -> {});
    List<Attachment> attachments = desired.stream().map(Desired::attachment).toList();
    if (attachments.isEmpty()) {
      throw new CommandException(
          manifests
              + " has no attachment for node "
              + options.nodeName()
              + "; name the node of one with --node");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Netns node = Netns.current();
        Rtnetlink links = Rtnetlink.open(node);
        DemoNode demoNode = DemoNode.prepare(links, attachments);
        FolderWatch watch = new FolderWatch(manifests.toAbsolutePath().normalize());
        Stop stop = Stop.onSignal(watch::close);
        FolderKeeper keeper =
            new FolderKeeper(manifests, options.nodeName(), options.policy(), out::println)) {
      boolean good = false;
      try {
        good = show(out, keeper, links, attachments);
        if (good && isTerminal()) {
          good = keepUntilStopped(out, keeper, watch, stop);
        }
      } finally {
        out.println();
        good &= keeper.teardown();
        demoNode.removeBridges();
        good &= nothingLeft(out, demoNode);
      }
      int code = good ? NetattachCommand.OK : NetattachCommand.ERROR;
      stop.exitWith(code);
      return code;
    }
  }

  // Never null on this JDK, which its annotations do not say.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** Whether everything that is shown worked. */
  private static boolean show(
      PrintWriter out, FolderKeeper keeper, Rtnetlink links, List<Attachment> attachments)
      throws IOException {
    out.println("Attaching, on a node that is a network namespace of its own:");
    FolderKeeper.Pass first = keeper.pass(() -> false);
    out.println();
    table(first).print(out);
    out.println();
    if (!first.allGood() || !echo(out, keeper, links, attachments)) {
      return false;
    }
    Attachment broken = attachments.getFirst();
    out.println();
    out.println(
        "Breaking " + broken.host().name() + " (deleted by somebody else), which is noticed:");
    links.execute(LinkRequest.delete(DemoNode.link(links, broken.host().name()).index()));
    FolderKeeper.Pass second = keeper.pass(() -> false);
    out.println();
    return second.allGood() && echo(out, keeper, links, List.of(broken));
  }

  private static Results table(FolderKeeper.Pass pass) {
    Results results = new Results();
    for (Map.Entry<Attachment, Attached> entry : pass.attached().entrySet()) {
      results.add(entry.getKey(), entry.getValue());
    }
    for (Map.Entry<Attachment, AttachException> entry : pass.failed().entrySet()) {
      results.add(entry.getKey(), entry.getValue(), Duration.ZERO);
    }
    return results;
  }

  /** Whether packets pass from each container end, and are counted on both ends. */
  private static boolean echo(
      PrintWriter out, FolderKeeper keeper, Rtnetlink links, List<Attachment> attachments)
      throws IOException {
    Table table =
        new Table(
            "ECHO FROM",
            "TO",
            "ROUND TRIP",
            "HOST RX/TX BYTES",
            "CONTAINER RX/TX BYTES",
            "ANSWERED");
    boolean good = true;
    for (Attachment attachment : attachments) {
      for (DemoNode.Pair pair : DemoNode.pairs(links, attachment)) {
        Echo echo = Echo.between(attachment.target().netns(), pair.container(), pair.node());
        ListedAttachment counters = counters(keeper, attachment);
        good &= echo.answered() && hasPassed(counters);
        table.row(
            pair.container() + " in " + attachment.target().netns(),
            pair.node() + (attachment.host().bridge() == null ? "" : " (bridge)"),
            String.format(Locale.ROOT, "%.0f µs", echo.roundTrip().toNanos() / 1e3),
            bytes(counters.host()),
            bytes(counters.container()),
            echo.answered() ? "yes" : "NO");
      }
    }
    table.print(out);
    return good;
  }

  private static ListedAttachment counters(FolderKeeper keeper, Attachment attachment) {
    Inventory.Item found =
        keeper.inventory().attachments().stream()
            .filter(item -> item.uid().equals(attachment.identity().uid()))
            .findFirst()
            .orElseThrow(() -> new CommandException(attachment.identity() + " is gone"));
    return ListedAttachment.of(found);
  }

  private static boolean hasPassed(ListedAttachment counters) {
    ListedAttachment.End container = counters.container();
    return container != null && container.sentBytes() > 0 && counters.host().receivedBytes() > 0;
  }

  private static String bytes(ListedAttachment.@Nullable End end) {
    return end == null ? "-" : end.receivedBytes() + "/" + end.sentBytes();
  }

  private static boolean keepUntilStopped(
      PrintWriter out, FolderKeeper keeper, FolderWatch watch, Stop stop)
      throws InterruptedException {
    out.println();
    out.println(
        "Everything is kept so until Ctrl-C. Look inside, and break something, from another terminal:");
    out.println("  sudo nsenter -t " + ProcessHandle.current().pid() + " -n -m ip -d link");
    boolean good = true;
    while (!stop.isAsked()) {
      watch.await(RECHECK);
      good = keeper.pass(stop::isAsked).allGood();
    }
    return good;
  }

  private static boolean nothingLeft(PrintWriter out, DemoNode demoNode) {
    List<String> left = demoNode.left();
    out.println(
        left.isEmpty()
            ? "Everything is taken down: no link, no namespace and no mount is left."
            : "Left behind: " + String.join(", ", left));
    return left.isEmpty();
  }
}
