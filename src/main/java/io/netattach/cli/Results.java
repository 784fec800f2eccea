package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.attach.Attachment;
import io.netattach.attach.Reason;
import io.netattach.netlink.IpPrefix;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of what became of attachments, as {@code attach} and {@code demo} show it. */
final class Results {
  private final Table table =
      new Table(
          "ATTACHMENT",
          "TARGET",
          "HOST-IF",
          "CONTAINER-IF",
          "ADDRESSES",
          "READY",
          "REASON",
          "MILLISECONDS");

  void add(Attachment attachment, Attached attached) {
    add(attachment, "True", Reason.ATTACHED, attached.took());
  }

  void add(Attachment attachment, AttachException failure, Duration took) {
    add(attachment, "False", failure.reason(), took);
  }

  private void add(Attachment attachment, String ready, Reason reason, Duration took) {
    table.row(
        attachment.identity().toString(),
        "netns/" + attachment.target().netns(),
        attachment.host().name().value(),
        attachment.container().name().value(),
        addresses(attachment.container().addresses()),
        ready,
        reason.toString(),
        milliseconds(took));
  }

  private static String addresses(List<IpPrefix> addresses) {
    return addresses.isEmpty()
        ? "-"
        : addresses.stream().map(IpPrefix::toString).collect(Collectors.joining(","));
  }

  static String milliseconds(Duration took) {
    return String.format(Locale.ROOT, "%.1f", took.toNanos() / 1e6);
  }

  void print(PrintWriter out) {
    table.print(out);
  }
}
