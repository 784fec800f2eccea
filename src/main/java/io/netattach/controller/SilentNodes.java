package io.netattach.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.JsonPatch;
import io.netattach.kube.LogContext;
import io.netattach.kube.Reasons;
import io.netattach.kube.Rounds;
import io.netattach.kube.StartFailure;
import io.netattach.kube.StatusWriter;
import io.netattach.pool.PoolKeeper;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Speaks for nodes that do not: tells attachments whose node does not exist or whose agent is not
 * heard, and lets those go that wait for a node which is gone. It looks at everything every few
 * seconds, which asks the API server for the agents' Leases only, and writes one object after the
 * other. It never writes what has changed since it was seen, so an agent that is back has the last
 * word.
 */
final class SilentNodes implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);
  private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final ClusterView view;
  private final ControllerSettings settings;
  private final EventRecorder events;
  private final LongSupplier nanoTime;
  private final Duration interval;
  private final AgentHeartbeats heartbeats;
  private final StatusWriter<NetworkAttachment> statuses;
  private final AbsenceReport report;
  private final Map<String, Long> goneSince = new HashMap<>();
  private final Set<String> silent = new HashSet<>();

  /** The attachments, by uid, whose latest write was refused. */
  private final Set<String> refused = new HashSet<>();

  private final Rounds rounds;

  /**
   * @param client not closed here
   * @param nanoTime such as {@link System#nanoTime}
   */
  SilentNodes(
      KubernetesClient client,
      ClusterView view,
      ControllerSettings settings,
      AbsenceReport report,
      EventRecorder events,
      LongSupplier nanoTime) {
    this.client = client;
    this.view = view;
    this.settings = settings;
    this.report = report;
    this.events = events;
    this.nanoTime = nanoTime;
    this.interval = interval(settings.silentAfter());
    this.heartbeats = new AgentHeartbeats(settings.silentAfter(), interval, nanoTime);
    this.statuses = new StatusWriter<>(client);
    this.rounds =
        new Rounds("netattach-silence", interval, this::sweep, LOG, "nodes cannot be looked after");
  }

  private static Duration interval(Duration silentAfter) {
    Duration part = silentAfter.dividedBy(4);
    if (part.compareTo(SHORTEST_INTERVAL) < 0) {
      return SHORTEST_INTERVAL;
    }
    return part.compareTo(LONGEST_INTERVAL) > 0 ? LONGEST_INTERVAL : part;
  }

  /** Begins to look; what it knows of the cluster must have been read before. */
  void start() {
    rounds.start();
  }

  private void sweep() {
    Set<String> nodes = view.nodeNames();
    heartbeats.look(AgentHeartbeats.read(client, settings.namespace()), nodes);
    Map<String, List<NetworkAttachment>> unheard = unheard(nodes);
    goneSince.keySet().removeIf(node -> nodes.contains(node) || !unheard.containsKey(node));
    tellOfSilence(nodes);
    for (var entry : unheard.entrySet()) {
      if (nodes.contains(entry.getKey())) {
        silent(entry.getKey(), entry.getValue());
      } else {
        missing(entry.getKey(), entry.getValue(), nodes);
      }
    }
    refused.retainAll(uids(unheard));
    heartbeats.rest();
  }

  private static Set<String> uids(Map<String, List<NetworkAttachment>> attachments) {
    return attachments.values().stream()
        .flatMap(List::stream)
        .map(attachment -> attachment.getMetadata().getUid())
        .collect(Collectors.toSet());
  }

  /** The attachments of nodes that are silent or do not exist. */
  private Map<String, List<NetworkAttachment>> unheard(Set<String> nodes) {
    Map<String, List<NetworkAttachment>> unheard = new HashMap<>();
    view.attachments()
        .forEach(attachment -> {
          String node = attachment.getSpec() == null ? null : attachment.getSpec().nodeName();
          if (node != null && (!nodes.contains(node) || heartbeats.silence(node).isPresent())) {
            unheard.computeIfAbsent(node, name -> new ArrayList<>()).add(attachment);
          }
        });
    return unheard;
  }

  /** Once when it begins and once when the Lease changes, also for a node without attachments. */
  private void tellOfSilence(Set<String> nodes) {
    for (String node : nodes) {
      boolean isSilent = heartbeats.silence(node).isPresent();
      if (isSilent && silent.add(node)) {
        LOG.warnf("node %s: its agent is not heard", node);
      } else if (!isSilent && silent.remove(node)) {
        LOG.infof("node %s: its agent is heard again", node);
      }
    }
    silent.retainAll(nodes);
  }

  private void silent(String node, List<NetworkAttachment> attachments) {
    Optional<AgentHeartbeats.Silence> silence = heartbeats.silence(node);
    for (NetworkAttachment attachment : attachments) {
      // What waits for addresses or its pod waits for no agent, and is told of them.
      boolean isForAgent =
          PoolKeeper.wanted(attachment).isEmpty() && !PodStep.isUnbound(attachment);
      if (silence.isPresent()
          && isForAgent
          && !AbsenceReport.isSaid(attachment, Reasons.AGENT_SILENT)) {
        NetworkAttachmentStatus status = report.agentSilent(attachment, node, silence.get());
        write(attachment, () -> statuses.writeUnlessChanged(attachment, status));
      }
    }
  }

  private void missing(String node, List<NetworkAttachment> attachments, Set<String> nodes) {
    long since = goneSince.computeIfAbsent(node, name -> nanoTime.getAsLong());
    boolean isOver = nanoTime.getAsLong() - since >= settings.nodeGrace().toNanos();
    List<NetworkAttachment> leaving =
        attachments.stream().filter(AbsenceReport::isLeaving).filter(any -> isOver).toList();
    List<NetworkAttachment> untold =
        attachments.stream()
            .filter(attachment -> !leaving.contains(attachment))
            // What others keep although it is being deleted waits for them, not for the node.
            .filter(attachment ->
                !attachment.isMarkedForDeletion() || AbsenceReport.isLeaving(attachment))
            .filter(attachment -> !AbsenceReport.isSaid(attachment, Reasons.NODE_NOT_FOUND))
            .toList();
    // An agent that is heard speaks for itself, whatever became of its Node object.
    if (leaving.isEmpty() && untold.isEmpty() || heartbeats.isHeard(node) || exists(node)) {
      return;
    }
    leaving.forEach(attachment -> write(attachment, () -> letGo(attachment, node)));
    Optional<String> nearest = NearestNode.to(node, nodes);
    untold.forEach(attachment -> write(attachment, () -> notFound(attachment, node, nearest)));
  }

  /**
   * Whether the API server itself has a node: what this process remembers may be a moment old, such
   * as when a node and an attachment for it were made together. A list of one needs no right to get
   * nodes.
   */
  private boolean exists(String node) {
    return !client.nodes().withField("metadata.name", node).list().getItems().isEmpty();
  }

  /**
   * Writes one attachment. What the API server answers, such as a webhook's refusal, is about this
   * one, and the others have their turn; where it does not answer, none of them would have.
   */
  private void write(NetworkAttachment attachment, Runnable writing) {
    String uid = attachment.getMetadata().getUid();
    try (var about = LogContext.attachment(attachment)) {
      writing.run();
      refused.remove(uid);
    } catch (KubernetesClientException e) {
      if (!ApiAnswer.isOne(e)) {
        throw e;
      }
      if (refused.add(uid)) {
        LOG.warnf(
            "%s: what became of its node cannot be written, trying again: %s",
            name(attachment), StartFailure.innermost(e));
      }
    }
  }

  private void notFound(NetworkAttachment attachment, String node, Optional<String> nearest) {
    NetworkAttachmentStatus status = report.nodeNotFound(attachment, node, nearest);
    if (statuses.writeUnlessChanged(attachment, status).isPresent()) {
      String message = String.valueOf(status.conditions().getFirst().message());
      LOG.warnf("%s: %s: %s", name(attachment), Reasons.NODE_NOT_FOUND, message);
      events.warning(attachment, Reasons.NODE_NOT_FOUND, message);
    }
  }

  /** Removes our finalizer and nobody else's, if the attachment is still as it was seen. */
  private void letGo(NetworkAttachment attachment, String node) {
    int place = attachment.getMetadata().getFinalizers().indexOf(NetworkAttachment.FINALIZER);
    String path = "/metadata/finalizers/" + place;
    JsonPatch patch =
        JsonPatch.ofUnchanged(attachment).test(path, NetworkAttachment.FINALIZER).remove(path);
    try {
      client.resource(attachment).patch(JsonPatch.CONTEXT, patch.toString());
    } catch (KubernetesClientException e) {
      if (JsonPatch.isOvertaken(e) || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return;
      }
      throw e;
    }
    String message =
        "node " + node + " is gone, so this attachment no longer waits to be detached there";
    LOG.infof("%s: let go: %s", name(attachment), message);
    events.normal(attachment, "LetGo", message);
  }

  private static String name(NetworkAttachment attachment) {
    return attachment.getMetadata().getNamespace() + "/" + attachment.getMetadata().getName();
  }

  /** Ends; what is being written is finished. */
  @Override
  public void close() {
    rounds.close();
  }
}
