package io.netattach.api.schema;

import java.util.List;
import java.util.stream.Stream;

/** The rules on names: of interfaces, namespaces, nodes and sets. */
final class NameRules {
  /** ASCII control characters and blank, and what else {@code Character.isWhitespace} has. */
  private static final String WHITE_SPACE =
      "\\\\x00-\\\\x20\\\\x7f\\\\x{1680}\\\\x{2000}-\\\\x{2006}\\\\x{2008}-\\\\x{200a}"
          + "\\\\x{2028}\\\\x{2029}\\\\x{205f}\\\\x{3000}";

  /** The kernel counts bytes, CEL's {@code size} of a text counts characters. */
  static final List<Rule> INTERFACE =
      List.of(
          Rule.of("self != ''", "is empty; write an interface name of 1 to 15 bytes, such as net1"),
          Rule.of(
              "size(bytes(self)) <= 15",
              "has more than 15 bytes; an interface name has at most 15, write a shorter one"),
          Rule.of(
              "self != '.' && self != '..'", "cannot be an interface name; write one such as net1"),
          Rule.of(
              "self != 'all' && self != 'default'",
              "stands for every interface in /proc/sys/net; write another name, such as net1"),
          Rule.of(
              "!self.matches('[/:%" + WHITE_SPACE + "]')",
              "has a character that no interface name may have (one of / : % or white space);"
                  + " write one such as net1"));

  static final List<Rule> END =
      Stream.concat(
              INTERFACE.stream(),
              Stream.of(
                  Rule.of(
                      "self != 'lo'",
                      "is the loopback interface of every namespace; write another name")))
          .toList();

  static final List<Rule> NETNS =
      List.of(
          Rule.of("self != ''", "is empty; write the name of a namespace, such as blue"),
          Rule.of(
              "!self.matches('^[.-]|/')",
              "is not a name of a file in /run/netns; write a name without / that does not begin"
                  + " with . or -, such as blue"),
          Rule.of(
              "!self.matches('[" + WHITE_SPACE + "]')",
              "has white space or control characters; write a name such as blue"),
          Rule.of(
              "size(bytes(self)) <= 255", "has more than 255 bytes; write a name of at most 255"));

  /** RFC 1123, as Kubernetes has it for names of objects. */
  static final List<Rule> NODE =
      List.of(
          Rule.of(
              "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
              "is not the name of a node, which has lower case letters, digits, - and . only, and"
                  + " a letter or digit at both ends; write it as kubectl get nodes shows it"));

  /** RFC 1123, as Kubernetes has it for names of objects. */
  static final List<Rule> POD =
      List.of(
          Rule.of(
              "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
              "is not the name of a pod, which has lower case letters, digits, - and . only, and a"
                  + " letter or digit at both ends; write it as kubectl get pods shows it"));

  static final List<Rule> POD_UID =
      List.of(Rule.of("self != ''", "is empty; leave it out, and the controller fills it in"));

  static final List<Rule> SET =
      List.of(
          Rule.of(
              "size(self.metadata.name) <= 63",
              "the name of a NetworkAttachmentSet becomes a label of its attachments, which holds"
                  + " 63 characters; write a shorter metadata.name"));

  private NameRules() {}
}
