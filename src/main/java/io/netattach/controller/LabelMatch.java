package io.netattach.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.netattach.api.LabelRequirement;
import io.netattach.api.LabelSelector;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which labels a selector matches, as label selectors of Kubernetes itself do. */
final class LabelMatch {
  private LabelMatch() {}

  /** A selector without requirements matches everything; none at all matches nothing. */
  static boolean matches(@Nullable LabelSelector selector, Map<String, String> labels) {
    return selector != null
        && selector.matchLabels().entrySet().stream()
            .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())))
        && selector.matchExpressions().stream().allMatch(requirement -> isMet(requirement, labels));
  }

  /** Whether a selector matches the labels of an object. */
  static boolean selects(@Nullable LabelSelector selector, HasMetadata resource) {
    Map<String, String> labels = resource.getMetadata().getLabels();
    return matches(selector, labels == null ? Map.of() : labels);
  }

  private static boolean isMet(LabelRequirement requirement, Map<String, String> labels) {
    if (requirement.key() == null || requirement.operator() == null) {
      return false;
    }
    String value = labels.get(requirement.key());
    return switch (requirement.operator()) {
      case IN -> value != null && requirement.values().contains(value);
      // A label that is not there has none of the values.
      case NOT_IN -> value == null || !requirement.values().contains(value);
      case EXISTS -> value != null;
      case DOES_NOT_EXIST -> value == null;
    };
  }
}
