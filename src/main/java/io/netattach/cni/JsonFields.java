package io.netattach.cni;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that is read field by field; a null and an empty text are nothing, as in Go.
 *
 * @param place where it is, as errors quote it; empty for the outermost
 */
record JsonFields(String place, JsonNode object) {
  JsonFields {
    if (!object.isObject()) {
      String what = place.isEmpty() ? "a CNI result is" : place + ":";
      throw new CniFormatException(what + " an object in braces, not " + shown(object));
    }
  }

  private static String shown(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT -> "an object";
      case MISSING -> "nothing";
      case STRING, NUMBER, BOOLEAN, NULL, BINARY, POJO -> value.toString();
    };
  }

  private String at(String field) {
    return place.isEmpty() ? field : place + "." + field;
  }

  private @Nullable JsonNode value(String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() || (value.isTextual() && value.textValue().isEmpty())
        ? null
        : value;
  }

  /** Null when it is not there. */
  <T> @Nullable T value(String field, Function<String, T> parse) {
    JsonNode value = value(field);
    return value == null ? null : parsed(at(field), value, parse);
  }

  <T> T required(String field, Function<String, T> parse) {
    T value = value(field, parse);
    if (value == null) {
      throw new CniFormatException(at(field) + " is missing");
    }
    return value;
  }

  String text(String field) {
    String text = value(field, Function.identity());
    return text == null ? "" : text;
  }

  private static <T> T parsed(String place, JsonNode value, Function<String, T> parse) {
    if (!value.isTextual()) {
      throw new CniFormatException(place + ": a text in quotes, not " + shown(value));
    }
    return at(place, () -> parse.apply(value.textValue()));
  }

  /** 0 when it is not there. */
  long number(String field, long max) {
    Long number = numberOrNull(field, max);
    return number == null ? 0 : number;
  }

  /** Null when it is not there. */
  @Nullable Long numberOrNull(String field, long max) {
    JsonNode value = value(field);
    if (value == null) {
      return null;
    }
    if (!value.canConvertToLong()
        || !value.isIntegralNumber()
        || value.longValue() < 0
        || value.longValue() > max) {
      throw new CniFormatException(
          at(field) + ": a whole number within 0 to " + max + ", not " + shown(value));
    }
    return value.longValue();
  }

  /** The texts of an array; none when it is not there. */
  <T> List<T> texts(String field, Function<String, T> parse) {
    return list(field, (place, value) -> parsed(place, value, parse));
  }

  /** The objects of an array; none when it is not there. */
  <T> List<T> objects(String field, Function<JsonFields, T> read) {
    return list(
        field,
        (place, value) -> {
          JsonFields fields = new JsonFields(place, value);
          return at(place, () -> read.apply(fields));
        });
  }

  private interface Element<T> {
    T read(String place, JsonNode value);
  }

  private <T> List<T> list(String field, Element<T> element) {
    JsonNode array = value(field);
    if (array == null) {
      return List.of();
    }
    if (!array.isArray()) {
      throw new CniFormatException(at(field) + ": an array, not " + shown(array));
    }
    List<T> list = new ArrayList<>();
    for (JsonNode each : array) {
      list.add(element.read(at(field) + "[" + list.size() + "]", each));
    }
    return list;
  }

  /** Null when it is not there. */
  @Nullable JsonFields object(String field) {
    JsonNode value = value(field);
    return value == null ? null : new JsonFields(at(field), value);
  }

  /** Says where it is that a value is wrong, unless that has been said. */
  private static <T> T at(String place, Supplier<T> read) {
    try {
      return read.get();
    } catch (CniFormatException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new CniFormatException(place, e);
    }
  }
}
