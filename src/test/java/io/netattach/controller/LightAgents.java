package io.netattach.controller;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What agents are to an API server, without kernels: one watch for each node, and for each
 * attachment a finalizer and a status, as agents write them. All in one process and over a few
 * connections, so that what is measured is the API server and the controller.
 */
final class LightAgents implements AutoCloseable {
  private static final String PATH = "/apis/netattach.io/v1alpha1/networkattachments";

  /** Fewer than the streams that an API server allows on one connection. */
  private static final int WATCHES_OF_A_CONNECTION = 90;

  private static final int WRITERS = 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI server;
  private final SSLContext trust;
  private final List<HttpClient> watchers = new ArrayList<>();
  private final HttpClient writer;
  private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
  private final Map<String, Long> generations = new ConcurrentHashMap<>();
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong attached = new AtomicLong();
  private final AtomicLong open = new AtomicLong();
  private volatile @Nullable Throwable failure;

  LightAgents(Config config) {
    server = URI.create(config.getMasterUrl()).resolve("/");
    try {
      trust = SSLUtils.sslContext(config);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    writer = client();
  }

  private HttpClient client() {
    return HttpClient.newBuilder().sslContext(trust).version(HttpClient.Version.HTTP_2).build();
  }

  /** Begins to watch for nodes of these names. */
  void watch(List<String> nodes) {
    for (int i = 0; i < nodes.size(); i++) {
      if (i % WATCHES_OF_A_CONNECTION == 0) {
        watchers.add(client());
      }
      URI uri =
          server.resolve(
              PATH
                  + "?watch=1&resourceVersion=0&timeoutSeconds=7200&fieldSelector=spec.nodeName%3D"
                  + nodes.get(i));
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      var unused =
          watchers
              .getLast()
              .sendAsync(
                  request,
                  answer -> {
                    open.incrementAndGet();
                    return HttpResponse.BodySubscribers.fromLineSubscriber(new Lines());
                  })
              .exceptionally(e -> {
                failure = e;
                return null;
              });
    }
  }

  /** How many watches the API server has answered. */
  long open() {
    return open.get();
  }

  /** How many events came, of all watches together. */
  long events() {
    return events.get();
  }

  /** How many attachments were said to be attached. */
  long attached() {
    return attached.get();
  }

  @Nullable Throwable failure() {
    return failure;
  }

  private final class Lines implements Flow.Subscriber<String> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      events.incrementAndGet();
      writers.execute(() -> heard(line));
    }

    @Override
    public void onError(Throwable throwable) {
      if (!writers.isShutdown()) {
        failure = throwable;
      }
    }

    @Override
    public void onComplete() {}
  }

  private void heard(String line) {
    try {
      JsonNode event = JSON.readTree(line);
      JsonNode object = event.path("object");
      if (event.path("type").asText().equals("DELETED")) {
        return;
      }
      carryOut(object);
    } catch (IOException e) {
      failure = e;
    }
  }

  /** What an agent writes when it has done its work. */
  private void carryOut(JsonNode object) throws IOException {
    boolean isHeld = object.at("/metadata/finalizers").toString().contains("netattach.io/detach");
    if (object.at("/metadata").has("deletionTimestamp")) {
      if (isHeld) {
        patch(object, "", "[{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}]");
      }
      return;
    }
    boolean waits =
        object.at("/spec/container").has("addressPool") && !object.path("status").has("assigned");
    if (waits) {
      return;
    }
    if (!isHeld) {
      patch(
          object,
          "",
          "[{\"op\":\"add\",\"path\":\"/metadata/finalizers\",\"value\":[\"netattach.io/detach\"]}]");
    }
    long generation = object.at("/metadata/generation").asLong();
    // The event of its own finalizer tells of an object without status once more.
    Long last = generations.put(object.at("/metadata/uid").asText(), generation);
    if (last == null || last != generation) {
      patch(
          object,
          "/status",
          """
          [{"op":"add","path":"/status/observedGeneration","value":%1$d},
           {"op":"add","path":"/status/conditions","value":[{"type":"Ready","status":"True",
             "reason":"Attached","message":"net1 is linked","observedGeneration":%1$d}]}]
          """
              .formatted(generation));
      attached.incrementAndGet();
    }
  }

  private void patch(JsonNode object, String subresource, String patch) throws IOException {
    URI uri =
        server.resolve(
            "/apis/netattach.io/v1alpha1/namespaces/"
                + object.at("/metadata/namespace").asText()
                + "/networkattachments/"
                + object.at("/metadata/name").asText()
                + subresource);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json-patch+json")
            .method("PATCH", BodyPublishers.ofString(patch))
            .build();
    try {
      HttpResponse<String> answer = writer.send(request, BodyHandlers.ofString());
      // It may be gone, or another event may have had it done.
      if (answer.statusCode() >= 400 && answer.statusCode() != 404 && answer.statusCode() != 422) {
        failure = new IOException(answer.statusCode() + " " + answer.body());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }

  @Override
  public void close() {
    writers.shutdownNow();
    watchers.forEach(HttpClient::shutdownNow);
    writer.shutdownNow();
  }
}
