package io.netattach.api.schema;

import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * Something that must hold.
 *
 * @param cel true where it holds
 * @param message what is said where it does not; null for {@code expression}
 * @param expression CEL for what is said; null for {@code message}
 * @param field the field that it is said of, such as {@code .via}; null for the place of the rule
 */
record Rule(
    String cel, @Nullable String message, @Nullable String expression, @Nullable String field) {

  static Rule of(String cel, String message) {
    return new Rule(cel, message, null, null);
  }

  /** One whose message is CEL, to name the culprit. */
  static Rule saying(String cel, String expression) {
    return new Rule(cel, null, expression, null);
  }

  Rule at(String fieldPath) {
    return new Rule(cel, message, expression, fieldPath);
  }

  ValidationRule toSchema() {
    ValidationRule rule = new ValidationRule();
    rule.setRule(cel);
    rule.setMessage(message);
    rule.setMessageExpression(expression);
    rule.setFieldPath(field);
    return rule;
  }
}
