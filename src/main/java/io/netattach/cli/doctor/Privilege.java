package io.netattach.cli.doctor;

import io.netattach.cli.doctor.Capabilities.Capability;
import java.util.ArrayList;
import java.util.List;

/** Whether this process may change the network. */
final class Privilege {
  private static final String SUBJECT = "capabilities";

  private Privilege() {}

  static List<Finding> look(Capabilities own) {
    List<Finding> findings = new ArrayList<>();
    List<String> missing = own.missing(Capability.CAP_NET_ADMIN, Capability.CAP_SYS_ADMIN);
    if (missing.isEmpty()) {
      findings.add(Finding.ok(SUBJECT, "CAP_NET_ADMIN and CAP_SYS_ADMIN are there"));
    } else {
      findings.add(
          Finding.missing(
              SUBJECT,
              "this process lacks " + String.join(" and ", missing),
              "it can make no links and enter no namespaces",
              "run it as root, in a container with these capabilities added"));
    }
    if (!own.has(Capability.CAP_NET_BROADCAST)) {
      findings.add(
          Finding.note(
              SUBJECT,
              "this process lacks CAP_NET_BROADCAST",
              "what is changed on the node is found only when attachments are looked at anyway,"
                  + " every few minutes, and not at once",
              "add this capability"));
    }
    if (!own.has(Capability.CAP_NET_RAW)) {
      findings.add(
          Finding.note(
              SUBJECT,
              "this process lacks CAP_NET_RAW",
              "neighbours are not told of new addresses, and find out in their own time",
              "add this capability"));
    }
    return findings;
  }
}
