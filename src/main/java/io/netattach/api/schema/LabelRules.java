package io.netattach.api.schema;

import java.util.List;

/** The rules on labels and annotations, as Kubernetes has them for metadata. */
final class LabelRules {
  private static final String NAME =
      "'^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
          + "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'";

  private static final String ADVICE =
      " write one of at most 63 letters, digits, -, _ and ., after a domain and / if you want, such"
          + " as example.org/zone";

  static final List<Rule> KEY =
      List.of(Rule.of("self.matches(" + NAME + ")", "is not the name of a label;" + ADVICE));

  static final List<Rule> VALUE =
      List.of(
          Rule.of(
              "self.matches('^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$')",
              "is not the value of a label; write at most 63 letters, digits, -, _ and ., with a"
                  + " letter or digit at both ends, or \"\""));

  static final List<Rule> MAP = List.of(named("a label"));

  private static final Rule NOT_OURS =
      first(
          "!k.startsWith('netattach.io/')",
          " is a name that a NetworkAttachmentSet sets by itself; leave it out");

  static final List<Rule> TEMPLATE_LABELS = List.of(named("a label"), NOT_OURS);

  static final List<Rule> TEMPLATE_ANNOTATIONS = List.of(named("an annotation"), NOT_OURS);

  private LabelRules() {}

  private static Rule named(String what) {
    return first("k.matches(" + NAME + ")", " is not the name of " + what + ";" + ADVICE);
  }

  private static Rule first(String condition, String sentence) {
    return Rule.saying(
        "self.all(k, " + condition + ")",
        "'\"' + self.filter(k, !(" + condition + "))[0] + '\"" + sentence + "'");
  }
}
