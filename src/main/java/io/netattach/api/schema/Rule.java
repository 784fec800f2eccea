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
 * @param reason the kind of mistake, as the API server calls it; null for an invalid value
 */
record Rule(
    String cel,
    @Nullable String message,
    @Nullable String expression,
    @Nullable String field,
    @Nullable String reason) {

  static Rule of(String cel, String message) {
    return new Rule(cel, message, null, null, null);
  }

  /** One whose message is CEL, to name the culprit. */
  static Rule saying(String cel, String expression) {
    return new Rule(cel, null, expression, null, null);
  }

  Rule at(String fieldPath) {
    return new Rule(cel, message, expression, fieldPath, reason);
  }

  /** The same for a field that must be there. */
  Rule missing(String fieldPath) {
    return new Rule(cel, message, expression, fieldPath, "FieldValueRequired");
  }

  /** The same for a field that must not be there. */
  Rule forbidden(String fieldPath) {
    return new Rule(cel, message, expression, fieldPath, "FieldValueForbidden");
  }

  ValidationRule toSchema() {
    ValidationRule rule = new ValidationRule();
    rule.setRule(cel);
    rule.setMessage(message);
    rule.setMessageExpression(expression);
    rule.setFieldPath(field);
    rule.setReason(reason);
    return rule;
  }
}
