package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a namespace that was made for an attachment, once no attachment needs it. */
public enum ReclaimPolicy {
  /** It is removed. */
  @JsonProperty("Delete")
  DELETE,

  /** It stays. */
  @JsonProperty("Retain")
  RETAIN
}
