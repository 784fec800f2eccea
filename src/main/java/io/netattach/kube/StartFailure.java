package io.netattach.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why an operator could not begin, in a sentence that says what to do. */
public final class StartFailure {
  private StartFailure() {}

  /**
   * @param who could not begin, such as {@code agent}
   */
  public static String sentence(RuntimeException failure, String who) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof KubernetesClientException refused) {
        return switch (refused.getCode()) {
          case HttpURLConnection.HTTP_NOT_FOUND ->
              "the API server does not have the resources of netattach.io: apply the custom"
                  + " resource definitions of this release";
          case HttpURLConnection.HTTP_UNAUTHORIZED ->
              "the API server does not accept the token or certificate of this "
                  + who
                  + ": look at its service account or kubeconfig";
          case HttpURLConnection.HTTP_FORBIDDEN ->
              "the API server does not let this "
                  + who
                  + " do that: apply the roles of this release ("
                  + refused.getMessage()
                  + ")";
          default -> "the API server cannot be reached, or does not answer: " + innermost(refused);
        };
      }
    }
    return "cannot begin: " + innermost(failure);
  }

  /** What the last of its causes says. */
  public static String innermost(Throwable failure) {
    Throwable e = failure;
    while (e.getCause() != null) {
      e = e.getCause();
    }
    return switch (e) {
      // Their messages are the file alone.
      case NoSuchFileException missing -> missing.getFile() + " does not exist";
      case AccessDeniedException denied -> denied.getFile() + " may not be read";
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }
}
