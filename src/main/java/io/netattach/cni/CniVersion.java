package io.netattach.cni;

import java.util.Arrays;

/** A version of the CNI specification whose results are known here. */
public enum CniVersion {
  /** November 2021. */
  V1_0_0("1.0.0"),

  /** 2024: adds MTU, socket path and PCI id of interfaces, and most of what a route can have. */
  V1_1_0("1.1.0");

  private final String text;

  CniVersion(String text) {
    this.text = text;
  }

  /**
   * Reads a version.
   *
   * @throws IllegalArgumentException with a sentence when it is another one
   */
  public static CniVersion of(String text) {
    return Arrays.stream(values())
        .filter(version -> version.text.equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "\"" + text + "\" is not a version that is known here; 1.0.0 and 1.1.0 are"));
  }

  /** As {@code cniVersion} has it: {@code 1.1.0}. */
  @Override
  public String toString() {
    return text;
  }
}
