package io.netattach.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * A change of one object as RFC 6902 has it, which begins with tests: where one of them fails,
 * nothing is changed. Not safe for use by several threads.
 */
public final class JsonPatch {
  /** How a client says that it sends one. */
  public static final PatchContext CONTEXT = PatchContext.of(PatchType.JSON);

  /** What a patch is answered with whose test fails. */
  private static final int UNPROCESSABLE = 422;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ArrayNode operations = MAPPER.createArrayNode();

  private JsonPatch() {}

  /** One for this very object, whatever its version is by now, and for none of the same name. */
  public static JsonPatch of(HasMetadata resource) {
    return new JsonPatch().test("/metadata/uid", resource.getMetadata().getUid());
  }

  /** One for an object that is as it was read. */
  public static JsonPatch ofUnchanged(HasMetadata resource) {
    return of(resource)
        .test("/metadata/resourceVersion", resource.getMetadata().getResourceVersion());
  }

  /** Demands a value. */
  public JsonPatch test(String path, @Nullable Object value) {
    return operation("test", path, value);
  }

  /** Sets a value, whether there is one or not. */
  public JsonPatch set(String path, @Nullable Object value) {
    return operation("add", path, value);
  }

  /** Removes what there must be. */
  public JsonPatch remove(String path) {
    operations.addObject().put("op", "remove").put("path", path);
    return this;
  }

  private JsonPatch operation(String op, String path, @Nullable Object value) {
    JsonNode tree = MAPPER.valueToTree(value);
    operations.addObject().put("op", op).put("path", path).set("value", tree);
    return this;
  }

  /**
   * Whether the answer to a patch says that the object is gone or does not pass the tests, rather
   * than that what was asked for is wrong.
   */
  public static boolean isOvertaken(KubernetesClientException e) {
    return isGone(e) || e.getCode() == UNPROCESSABLE && isTestFailure(e);
  }

  /**
   * Carries out a write that the API server tests.
   *
   * @return whether it was in time: false where the object is gone or is no longer as it was seen
   * @throws KubernetesClientException when it is refused for another reason, or not answered
   */
  public static boolean isInTime(Runnable write) {
    try {
      write.run();
      return true;
    } catch (KubernetesClientException e) {
      if (isOvertaken(e)
          || e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  /** A server that is just starting may not know the resource yet, and says so without a name. */
  private static boolean isGone(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
        && e.getStatus() != null
        && e.getStatus().getDetails() != null
        && e.getStatus().getDetails().getName() != null;
  }

  /** What breaks the definition's rules is answered with the same number, and with causes. */
  private static boolean isTestFailure(KubernetesClientException e) {
    return e.getStatus() == null
        || e.getStatus().getDetails() == null
        || e.getStatus().getDetails().getCauses().isEmpty();
  }

  /** As it is sent. */
  @Override
  public String toString() {
    return operations.toString();
  }
}
