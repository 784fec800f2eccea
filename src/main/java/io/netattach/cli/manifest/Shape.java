package io.netattach.cli.manifest;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.lang.annotation.Annotation;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest may hold at one place.
 *
 * <p>Derived from the Java types, by the names and annotations that the resource definition is
 * generated from, so that the two cannot know different fields.
 */
sealed interface Shape {

  /** Text. */
  record Text() implements Shape {}

  /** True or false. */
  record Truth() implements Shape {}

  /** A whole number, both bounds included. */
  record Whole(long min, long max) implements Shape {}

  /** One of some words. */
  record Choice(List<String> words) implements Shape {}

  /** A list. */
  record ListOf(Shape item) implements Shape {}

  /** Names that the author chooses, with values. */
  record MapOf(Shape value) implements Shape {}

  /** Named fields, in the order in which they are told to people. */
  record Fields(Map<String, Field> byName) implements Shape {}

  /** Anything: what the API server keeps for itself. It is neither checked nor kept. */
  record Ignored() implements Shape {}

  /** A field and whether it must be there. */
  record Field(Shape shape, boolean required) {}

  /** The shape of a Java type as Jackson sees it. */
  static Shape of(Class<?> type, ObjectMapper mapper) {
    return of(mapper.constructType(type), new Whole(0, 0), mapper);
  }

  private static Shape of(JavaType type, Whole range, ObjectMapper mapper) {
    Class<?> raw = type.getRawClass();
    if (raw == String.class) {
      return new Text();
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return new Truth();
    }
    if (raw == int.class || raw == Integer.class || raw == long.class || raw == Long.class) {
      return range;
    }
    if (raw == ManagedFieldsEntry.class) {
      return new Ignored();
    }
    if (type.isEnumType()) {
      return new Choice(
          Stream.of(raw.getEnumConstants())
              .map(constant -> mapper.valueToTree(constant).asText())
              .toList());
    }
    if (type.isCollectionLikeType()) {
      return new ListOf(of(type.getContentType(), range, mapper));
    }
    if (type.isMapLikeType()) {
      return new MapOf(of(type.getContentType(), range, mapper));
    }
    return fields(type, mapper);
  }

  private static Fields fields(JavaType type, ObjectMapper mapper) {
    Map<String, Field> fields = new LinkedHashMap<>();
    var properties = mapper.getDeserializationConfig().introspect(type).findProperties();
    for (BeanPropertyDefinition property : properties) {
      Shape shape = of(property.getPrimaryType(), range(property), mapper);
      boolean required = annotation(property, Required.class).isPresent();
      fields.put(property.getName(), new Field(shape, required));
    }
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("no fields to read in " + type);
    }
    return new Fields(Collections.unmodifiableMap(fields));
  }

  private static Whole range(BeanPropertyDefinition property) {
    Class<?> raw = property.getRawPrimaryType();
    boolean small = raw == int.class || raw == Integer.class;
    return new Whole(
        bound(property, Min.class, Min::value, small ? Integer.MIN_VALUE : Long.MIN_VALUE),
        bound(property, Max.class, Max::value, small ? Integer.MAX_VALUE : Long.MAX_VALUE));
  }

  private static <A extends Annotation> long bound(
      BeanPropertyDefinition property, Class<A> type, ToDoubleFunction<A> value, long otherwise) {
    return annotation(property, type)
        .map(annotation -> (long) value.applyAsDouble(annotation))
        .orElse(otherwise);
  }

  private static <A extends Annotation> Optional<A> annotation(
      BeanPropertyDefinition property, Class<A> type) {
    return Stream.<@Nullable AnnotatedMember>of(
            property.getField(), property.getGetter(), property.getConstructorParameter())
        .filter(Objects::nonNull)
        .map(member -> member.getAnnotation(type))
        .filter(Objects::nonNull)
        .findFirst();
  }
}
