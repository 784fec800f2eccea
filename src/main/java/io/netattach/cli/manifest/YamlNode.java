package io.netattach.cli.manifest;

import java.util.List;

/** A value of a YAML document with the line that it begins on; immutable, aliases are shared. */
sealed interface YamlNode {

  /** The line, from 1. */
  int line();

  /** How many values it holds with itself, every alias counted as if it were written out. */
  int size();

  /** How many levels it has with itself; 1 for a scalar. */
  int height();

  /** What a scalar is, by YAML's core schema. */
  enum Kind {
    TEXT,
    NUMBER,
    BOOLEAN,
    NULL
  }

  /**
   * A single value.
   *
   * @param text as written, without quotes
   */
  record Scalar(int line, Kind kind, String text) implements YamlNode {
    @Override
    public int size() {
      return 1;
    }

    @Override
    public int height() {
      return 1;
    }
  }

  /** A list. */
  record Sequence(int line, int size, int height, List<YamlNode> items) implements YamlNode {}

  /** Names with values, as they were written: a name may be there twice. */
  record Mapping(int line, int size, int height, List<Entry> entries) implements YamlNode {}

  /** One name with its value. */
  record Entry(int line, String name, YamlNode value) {}

  /** Whether this is a scalar that stands for nothing. */
  default boolean isNull() {
    return this instanceof Scalar scalar && scalar.kind() == Kind.NULL;
  }
}
