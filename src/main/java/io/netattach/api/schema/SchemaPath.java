package io.netattach.api.schema;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a schema: {@code addresses} is a field, {@code addresses[]} what the list holds,
 * {@code sysctls{}} the values of a map, {@code routes[].to} a field of what the list holds, and
 * {@code .} the object itself.
 */
final class SchemaPath {
  private static final Pattern PART = Pattern.compile("([A-Za-z]+)(\\[]|\\{})?");

  private SchemaPath() {}

  /** The schema at a place that must be there. */
  static JSONSchemaProps find(JSONSchemaProps schema, String path) {
    JSONSchemaProps found = schema;
    if (path.equals(".")) {
      return found;
    }
    for (String part : path.split("\\.", -1)) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("not a place in a schema: " + path);
      }
      found = Objects.requireNonNull(found.getProperties().get(matcher.group(1)), path);
      if ("[]".equals(matcher.group(2))) {
        found = found.getItems().getSchema();
      } else if ("{}".equals(matcher.group(2))) {
        found = found.getAdditionalProperties().getSchema();
      }
    }
    return found;
  }

  /** Reads an annotation's input: a place, a colon and what is to be there, on each line. */
  static Map<String, String> entries(String input) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (String line : input.lines().map(String::strip).toList()) {
      int colon = line.indexOf(": ");
      if (colon < 0) {
        throw new IllegalArgumentException("no colon after the place: " + line);
      }
      entries.put(line.substring(0, colon), line.substring(colon + 2));
    }
    return entries;
  }
}
