package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All objects of a kind, of all namespaces, a page at a time: tens of thousands need no more memory
 * than one page. They are read as what they are, so that one which a release before or after this
 * one has written is none that cannot be read.
 */
final class Pages {
  private static final long SIZE = 500;

  private final KubernetesClient client;
  private final Kind kind;

  /** Takes a page. */
  interface Reader {
    void read(List<GenericKubernetesResource> page) throws InterruptedException;
  }

  /**
   * @param client not closed here
   */
  Pages(KubernetesClient client, Kind kind) {
    this.client = client;
    this.kind = kind;
  }

  /**
   * Reads them all.
   *
   * @return whether there were no more; false where the rest can no longer be had, since it is read
   *     too long after the first page
   */
  boolean each(Reader reader) throws InterruptedException {
    String next = null;
    do {
      GenericKubernetesResourceList list;
      try {
        list = page(next);
      } catch (KubernetesClientException e) {
        if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
          // Without a definition there are no objects.
          return true;
        }
        if (e.getCode() == HttpURLConnection.HTTP_GONE && next != null) {
          return false;
        }
        throw e;
      }
      reader.read(list.getItems());
      next = list.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    return true;
  }

  private GenericKubernetesResourceList page(@Nullable String next) {
    return client
        .genericKubernetesResources(kind.context())
        .inAnyNamespace()
        .list(new ListOptionsBuilder().withLimit(SIZE).withContinue(next).build());
  }
}
