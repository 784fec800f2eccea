package io.netattach.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.attach.Identity;
import io.netattach.kube.Ending;
import io.netattach.kube.LifeSigns;
import io.netattach.kube.LogContext;
import io.netattach.kube.Registration;
import io.netattach.kube.StartFailure;
import io.netattach.kube.WrittenStatuses;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkus.runtime.Quarkus;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The operator of one node: begins when the API server can be reached, and ends in order. */
@Singleton
final class Agent {
  private static final Logger LOG = Logger.getLogger(Agent.class);

  private static final Duration START_RETRY = Duration.ofSeconds(5);

  /** How long an end waits for a beginning that is under way. */
  private static final Duration START_END = Duration.ofSeconds(5);

  private final AgentSettings settings;
  private final KubernetesClient client;
  private final QuarkusConfigurationService configuration;
  private final Instance<AttachmentReconciler> reconciler;
  private final Instance<NodeEngine> engine;
  private final WrittenStatuses<NetworkAttachmentStatus> written;
  private final Heartbeat heartbeat;
  private final AgentMetrics metrics;
  private final LifeSigns signs;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread starter =
      Thread.ofPlatform().daemon().name("netattach-start").unstarted(this::start);
  private volatile @Nullable Operator operator;
  private volatile @Nullable Sweep sweep;
  private volatile @Nullable NodeNetworks networks;
  private boolean ended;

  @Inject
  Agent(
      AgentSettings settings,
      KubernetesClient client,
      QuarkusConfigurationService configuration,
      Instance<AttachmentReconciler> reconciler,
      Instance<NodeEngine> engine,
      WrittenStatuses<NetworkAttachmentStatus> written,
      Heartbeat heartbeat,
      AgentMetrics metrics,
      LifeSigns signs,
      Ending end) {
    this.settings = settings;
    this.client = client;
    this.configuration = configuration;
    this.reconciler = reconciler;
    this.engine = engine;
    this.written = written;
    this.heartbeat = heartbeat;
    this.metrics = metrics;
    this.signs = signs;
    end.call(this::end);
  }

  /** Begins in the background, and tries as long as it takes, or until {@link #end}. */
  void begin() {
    starter.start();
  }

  private void start() {
    String said = "";
    try {
      do {
        try {
          startOperator();
          return;
        } catch (KubernetesClientException | OperatorException e) {
          String why = StartFailure.sentence(e, "agent");
          if (!why.equals(said)) {
            LOG.warnf("%s; trying again every %d seconds", why, START_RETRY.toSeconds());
          }
          said = why;
        }
      } while (!ending.await(START_RETRY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("cannot begin", e);
      Quarkus.asyncExit(1);
    }
  }

  private void startOperator() {
    boolean selectable = AttachmentWatch.isSelectable(client, settings.nodeName());
    keepBridges();
    AttachmentReconciler attachments = reconciler.get();
    Operator starting = new Operator(configuration);
    starting.register(
        attachments,
        AttachmentWatch.configuration(
            configuration, attachments, written, settings.nodeName(), selectable));
    Registration.start(starting);
    operator = starting;
    if (!selectable) {
      LOG.warnf(
          "the API server cannot select attachments by %s, so this agent hears of those of all nodes;"
              + " bring Kubernetes to 1.31 or later and apply the definitions of this release",
          AttachmentWatch.NODE_FIELD);
    }
    metrics.count(() -> conditions(attachments.known()));
    metrics.listening(engine.get().upkeep());
    metrics.announcements(engine.get().attacher());
    signs.ready(() -> starting.getRuntimeInfo().allEventSourcesAreHealthy());
    signs.live(() -> engine.get().isAlive());
    Sweep watching =
        new Sweep(
            attachments.known(),
            settings.nodeName(),
            attachments::ask,
            attachments::forget,
            engine.get().orphans(Agent::say));
    watching.start();
    sweep = watching;
    heartbeat.start();
    LOG.infof("keeping the attachments of node %s", settings.nodeName());
  }

  /** Before anything is attached to them. */
  private void keepBridges() {
    if (networks != null) {
      return;
    }
    AgentSettings.Networks wanted = settings.networks();
    NodeNetworks keeping = new NodeNetworks(engine.get(), client, settings);
    networks = keeping;
    keeping.start();
    heartbeat.underlay(keeping.bridges()::local);
    metrics.bridges(keeping.bridges());
    if (!wanted.bridges().isEmpty()) {
      signs.details(keeping::details);
    }
  }

  private static void say(@Nullable Identity about, String line) {
    if (about == null) {
      LOG.info(line);
      return;
    }
    try (var context = LogContext.attachment(about.namespace(), about.name())) {
      LOG.info(line);
    }
  }

  private Stream<List<Condition>> conditions(Cache<NetworkAttachment> known) {
    return known
        .list(attachment -> AttachmentWatch.isFor(settings.nodeName(), attachment))
        .map(written::latest)
        .map(status -> status == null ? List.of() : status.conditions());
  }

  /** Ends: what is being carried out is finished first, and what is attached stays. */
  synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    ending.countDown();
    heartbeat.close();
    try {
      starter.join(START_END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Sweep watching = sweep;
    if (watching != null) {
      watching.close();
    }
    Operator started = operator;
    if (started != null) {
      started.stop();
    }
    NodeNetworks kept = networks;
    if (kept != null) {
      kept.close();
    }
  }
}
