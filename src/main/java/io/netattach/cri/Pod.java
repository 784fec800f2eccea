package io.netattach.cri;

/**
 * A pod, as the container runtime knows it.
 *
 * @param namespace its Kubernetes namespace
 * @param uid by which it is told from another of its name
 */
public record Pod(String namespace, String name, String uid) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
