package io.netattach.kube;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/**
 * Writes the status of custom resources, and nothing else of them.
 *
 * <p>A JSON patch (RFC 6902) that replaces the status as a whole and tests the uid, so that an
 * object that was deleted and made again under its name never gets its predecessor's. The answer is
 * the object as the API server has it then: a caller that compares its generation with what it
 * acted on learns at once of an edit that came between. Safe for use by several threads.
 *
 * @param <R> the resource
 */
public final class StatusWriter<R extends CustomResource<?, ?>> {
  private final KubernetesClient client;

  /**
   * @param client not closed here
   */
  public StatusWriter(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Writes a status, whatever the object's version is by now.
   *
   * @return the object after it; empty where it is gone, or another has its name
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  public Optional<R> write(R resource, Object status) {
    return patch(resource, status, false);
  }

  /**
   * Writes a status if the object is still as it was read.
   *
   * @return the object after it; empty where it has changed or is gone
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  public Optional<R> writeUnlessChanged(R resource, Object status) {
    return patch(resource, status, true);
  }

  private Optional<R> patch(R resource, Object status, boolean unlessChanged) {
    JsonPatch patch = unlessChanged ? JsonPatch.ofUnchanged(resource) : JsonPatch.of(resource);
    try {
      // By the object and not by its name, which would be read first: that needs a right and time.
      return Optional.ofNullable(
          client
              .resource(resource)
              .subresource("status")
              .patch(JsonPatch.CONTEXT, patch.set("/status", status).toString()));
    } catch (KubernetesClientException e) {
      boolean isChanged = unlessChanged && e.getCode() == HttpURLConnection.HTTP_CONFLICT;
      if (isChanged || JsonPatch.isOvertaken(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
