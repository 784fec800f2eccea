package io.netattach.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** Tells what an API server has answered from its not having answered at all. */
public final class ApiAnswer {
  /** Codes up to this one are of failures that are no answer of the API server. */
  private static final int NONE = 0;

  private ApiAnswer() {}

  /**
   * Whether a failure is an answer, such as a webhook's refusal, which is about this one object:
   * others have their turn. Where there was none, none of them would have.
   */
  public static boolean isOne(KubernetesClientException e) {
    return e.getCode() > NONE;
  }
}
