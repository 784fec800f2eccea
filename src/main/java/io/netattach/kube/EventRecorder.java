package io.netattach.kube;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Tells people what happened to an object, where {@code kubectl describe} and {@code kubectl get
 * events} show it. An event is a courtesy: one that cannot be written is logged and forgotten. Safe
 * for use by several threads.
 */
public final class EventRecorder {
  private static final Logger LOG = Logger.getLogger(EventRecorder.class);

  /** The most that the API server takes (validation of core/v1 events). Characters. */
  private static final int MAX_MESSAGE = 1024;

  /** Room for a dot and 16 digits behind the object's name, of 253 characters. */
  private static final int MAX_NAME = 236;

  private final KubernetesClient client;
  private final String component;
  private final String instance;
  private final Clock clock;
  private final AtomicLong last = new AtomicLong();

  /**
   * @param client not closed here
   * @param component who speaks, such as {@code netattach-agent}
   * @param instance which of them, such as the node's name
   */
  public EventRecorder(KubernetesClient client, String component, String instance, Clock clock) {
    this.client = client;
    this.component = component;
    this.instance = instance;
    this.clock = clock;
  }

  /** Something that is as it should be. */
  public void normal(HasMetadata about, String reason, String message) {
    write(about, "Normal", reason, message);
  }

  /** Something that a person may have to look at. */
  public void warning(HasMetadata about, String reason, String message) {
    write(about, "Warning", reason, message);
  }

  private void write(HasMetadata about, String type, String reason, String message) {
    Event event = event(about, type, reason, message);
    try {
      client.v1().events().inNamespace(event.getMetadata().getNamespace()).resource(event).create();
    } catch (KubernetesClientException e) {
      // A namespace that is being deleted takes no new objects (403), or is gone (404). An event
      // that is there already (409) is this one: its answer was lost, and the client sent it again.
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN
          && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        LOG.warnf("event %s of %s is lost: %s", reason, name(about), e.getMessage());
      }
    }
  }

  private Event event(HasMetadata about, String type, String reason, String message) {
    ObjectMeta metadata = about.getMetadata();
    String now = Conditions.time(clock.instant());
    String stem = metadata.getName();
    stem = stem.length() > MAX_NAME ? stem.substring(0, MAX_NAME) : stem;
    return new EventBuilder()
        .withNewMetadata()
        .withName(stem + "." + Long.toHexString(unique()))
        .withNamespace(metadata.getNamespace())
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion(about.getApiVersion())
        .withKind(about.getKind())
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(metadata.getResourceVersion())
        .endInvolvedObject()
        .withType(type)
        .withReason(reason)
        .withMessage(message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message)
        .withFirstTimestamp(now)
        .withLastTimestamp(now)
        .withCount(1)
        .withNewSource()
        .withComponent(component)
        .withHost(instance)
        .endSource()
        .withReportingComponent(component)
        .withReportingInstance(instance)
        .build();
  }

  /** Nanoseconds since 1970, or a little later where two events fall together. */
  private long unique() {
    var now = clock.instant();
    long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    return last.updateAndGet(before -> Math.max(before + 1, nanos));
  }

  private static String name(HasMetadata about) {
    return about.getMetadata().getNamespace() + "/" + about.getMetadata().getName();
  }
}
