package io.netattach.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
  /** What a JSON patch is answered with whose test fails. */
  private static final int UNPROCESSABLE = 422;

  private final KubernetesClient client;
  private final Class<R> type;
  private final ObjectMapper mapper = new ObjectMapper();

  /**
   * @param client not closed here
   */
  public StatusWriter(KubernetesClient client, Class<R> type) {
    this.client = client;
    this.type = type;
  }

  /**
   * Writes a status, whatever the object's version is by now.
   *
   * @return the object after it; empty where it is gone, or another has its name
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  public Optional<R> write(R resource, Object status) {
    return patch(resource, status, null);
  }

  /**
   * Writes a status if the object is still as it was read.
   *
   * @return the object after it; empty where it has changed or is gone
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  public Optional<R> writeUnlessChanged(R resource, Object status) {
    return patch(resource, status, resource.getMetadata().getResourceVersion());
  }

  private Optional<R> patch(R resource, Object status, @Nullable String resourceVersion) {
    ArrayNode patch = mapper.createArrayNode();
    operation(patch, "test", "/metadata/uid", mapper.valueToTree(resource.getMetadata().getUid()));
    if (resourceVersion != null) {
      operation(patch, "test", "/metadata/resourceVersion", mapper.valueToTree(resourceVersion));
    }
    operation(patch, "add", "/status", mapper.valueToTree(status));
    try {
      return Optional.ofNullable(
          client
              .resources(type)
              .inNamespace(resource.getMetadata().getNamespace())
              .withName(resource.getMetadata().getName())
              .subresource("status")
              .patch(PatchContext.of(PatchType.JSON), patch.toString()));
    } catch (KubernetesClientException e) {
      boolean isAnother = e.getCode() == UNPROCESSABLE && isTestFailure(e);
      boolean isChanged = resourceVersion != null && e.getCode() == HttpURLConnection.HTTP_CONFLICT;
      if (isAnother || isChanged || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static void operation(ArrayNode patch, String op, String path, JsonNode value) {
    patch.addObject().put("op", op).put("path", path).set("value", value);
  }

  /** A status that breaks the definition's rules is answered with the same number. */
  private static boolean isTestFailure(KubernetesClientException e) {
    return e.getStatus() == null
        || e.getStatus().getDetails() == null
        || e.getStatus().getDetails().getCauses().isEmpty();
  }
}
