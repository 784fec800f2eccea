package io.netattach.controller;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import io.netattach.api.NetworkAttachment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
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

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** After how long a write is tried again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private static final int TOO_MANY_REQUESTS = 429;

  /** As long after the end of a watch as informers of the client wait. */
  private static final Executor LATER = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

  /** The version from which a watch tells of all that there is first. */
  private static final String FROM_ALL = "0";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI server;
  private final SSLContext trust;
  private final List<HttpClient> watchers = new ArrayList<>();
  private final HttpClient writer;
  private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
  private final Map<String, AtomicLong> generations = new ConcurrentHashMap<>();
  private final Set<String> held = ConcurrentHashMap.newKeySet();
  private final Set<String> released = ConcurrentHashMap.newKeySet();
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong attached = new AtomicLong();
  private final AtomicLong open = new AtomicLong();
  private final AtomicLong again = new AtomicLong();
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
      watch(watchers.getLast(), nodes.get(i), FROM_ALL);
    }
  }

  /** Goes on from where the last watch has ended, as informers do. */
  private void watch(HttpClient client, String node, String version) {
    URI uri =
        server.resolve(
            PATH
                + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=7200&resourceVersion="
                + version
                + "&fieldSelector=spec.nodeName%3D"
                + node);
    Lines lines = new Lines(version);
    var unused =
        client
            .sendAsync(
                HttpRequest.newBuilder(uri).build(),
                answer -> {
                  open.incrementAndGet();
                  return BodySubscribers.fromLineSubscriber(lines);
                })
            .whenComplete((answer, trouble) -> {
              // The API server ends watches: of those slow to hear, and when a definition changes.
              if (!writers.isShutdown()) {
                again.incrementAndGet();
                LATER.execute(() -> watch(client, node, lines.version));
              }
            });
  }

  private void fail(Throwable trouble) {
    if (!writers.isShutdown()) {
      failure = trouble;
    }
  }

  /** How many watches there are now. */
  long open() {
    return open.get();
  }

  /** How many watches the API server has ended, and were begun anew. */
  long again() {
    return again.get();
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
    private volatile String version;

    Lines(String version) {
      this.version = version;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      try {
        JsonNode event = JSON.readTree(line);
        JsonNode object = event.path("object");
        version = object.at("/metadata/resourceVersion").asText(FROM_ALL);
        switch (event.path("type").asText()) {
          case "ADDED", "MODIFIED" -> {
            events.incrementAndGet();
            writers.execute(() -> heard(object));
          }
          case "DELETED" -> events.incrementAndGet();
          // A bookmark; or an error, as when the version is too old, after which the watch ends.
          default -> {}
        }
      } catch (IOException e) {
        fail(e);
      }
    }

    @Override
    public void onError(Throwable throwable) {
      open.decrementAndGet();
    }

    @Override
    public void onComplete() {
      open.decrementAndGet();
    }
  }

  private void heard(JsonNode object) {
    try {
      carryOut(object);
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  /** What an agent writes when it has done its work. */
  private void carryOut(JsonNode object) throws IOException {
    String uid = object.at("/metadata/uid").asText();
    boolean isHeld =
        object.at("/metadata/finalizers").toString().contains(NetworkAttachment.FINALIZER);
    if (object.at("/metadata").has("deletionTimestamp")) {
      if (isHeld && released.add(uid)) {
        patch(object, "", "{\"metadata\":{\"finalizers\":null}}");
      }
      return;
    }
    boolean waits =
        object.at("/spec/container").has("addressPool") && !object.path("status").has("assigned");
    if (waits) {
      return;
    }
    // Its own writes come back as events, too, and events of one object in any order.
    if (!isHeld && held.add(uid)) {
      patch(
          object, "", "{\"metadata\":{\"finalizers\":[\"" + NetworkAttachment.FINALIZER + "\"]}}");
    }
    long generation = object.at("/metadata/generation").asLong();
    AtomicLong last = generations.computeIfAbsent(uid, unused -> new AtomicLong());
    if (last.getAndAccumulate(generation, Math::max) < generation) {
      patch(
          object,
          "/status",
          """
          {"status":{"observedGeneration":%1$d,"conditions":[{"type":"Ready","status":"True",
            "reason":"Attached","message":"net1 is linked","observedGeneration":%1$d,
            "lastTransitionTime":"%2$s"}]}}
          """
              .formatted(generation, Instant.now().truncatedTo(ChronoUnit.SECONDS)));
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
            .timeout(PATIENCE)
            .header("Content-Type", "application/merge-patch+json")
            .method("PATCH", BodyPublishers.ofString(patch))
            .build();
    try {
      while (!tryTo(request)) {
        Thread.sleep(AGAIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }

  /** Whether it is done: what a server cannot do now, agents try again. */
  private boolean tryTo(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> answer;
    try {
      answer = writer.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      // No answer in time, or a connection that has broken.
      return false;
    }
    int status = answer.statusCode();
    if (status == TOO_MANY_REQUESTS || status >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
      return false;
    }
    if (status >= HttpURLConnection.HTTP_BAD_REQUEST) {
      throw new IOException(status + " " + answer.body());
    }
    return true;
  }

  @Override
  public void close() {
    writers.shutdownNow();
    watchers.forEach(HttpClient::shutdownNow);
    writer.shutdownNow();
  }
}
