package io.netattach.controller;

import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.kube.Ending;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.LifeSigns;
import io.netattach.kube.Registration;
import io.netattach.kube.StartFailure;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkus.runtime.Quarkus;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The operator of a cluster: stands for election when the API server can be reached, acts while it
 * leads, and ends when it no longer does.
 */
@Singleton
final class Controller {
  private static final Logger LOG = Logger.getLogger(Controller.class);

  private static final Duration START_RETRY = Duration.ofSeconds(5);

  /** How long an end waits for a beginning that is under way. */
  private static final Duration START_END = Duration.ofSeconds(5);

  private final ControllerSettings settings;
  private final KubernetesClient client;
  private final QuarkusConfigurationService configuration;
  private final SetReconciler reconciler;
  private final PoolReconciler pools;
  private final ChildWriter writer;
  private final EventRecorder events;
  private final ControllerMetrics metrics;
  private final LifeSigns signs;
  private final Election election;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread candidate =
      Thread.ofPlatform().daemon().name("netattach-start").unstarted(() -> persist(this::stand));
  private final Thread leader =
      Thread.ofPlatform().daemon().name("netattach-lead").unstarted(() -> persist(this::lead));
  private volatile @Nullable Operator operator;
  private volatile @Nullable SilentNodes silentNodes;
  private volatile @Nullable PodAttachments podAttachments;
  private volatile int exitCode;
  private boolean ended;

  @Inject
  Controller(
      ControllerSettings settings,
      @Impatient KubernetesClient client,
      QuarkusConfigurationService configuration,
      SetReconciler reconciler,
      PoolReconciler pools,
      ChildWriter writer,
      EventRecorder events,
      ControllerMetrics metrics,
      LifeSigns signs,
      Ending end) {
    this.settings = settings;
    this.client = client;
    this.configuration = configuration;
    this.reconciler = reconciler;
    this.pools = pools;
    this.writer = writer;
    this.events = events;
    this.metrics = metrics;
    this.signs = signs;
    LeaderLease lease =
        new LeaderLease(settings.namespace(), settings.identity(), Clock.systemUTC());
    end.call(this::end);
    this.election = new Election(client, lease, leader::start, this::lost);
  }

  /** Begins in the background, and tries as long as it takes, or until {@link #end}. */
  void begin() {
    candidate.start();
  }

  private void persist(Runnable beginning) {
    String said = "";
    try {
      do {
        try {
          beginning.run();
          return;
        } catch (KubernetesClientException | OperatorException e) {
          String why = StartFailure.sentence(e, "controller");
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
      exit();
    }
  }

  /** One that could not act if it led does not stand for election. */
  private void stand() {
    // So an upgrade that has left out definitions or rights ends here, and the old one leads on.
    ListOptions one = new ListOptionsBuilder().withLimit(1L).build();
    client.resources(NetworkAttachmentSet.class).inAnyNamespace().list(one);
    client.resources(NetworkAttachment.class).inAnyNamespace().list(one);
    client.resources(AddressPool.class).list(one);
    client.resources(AddressBlock.class).list(one);
    client.pods().inAnyNamespace().list(one);
    election.start();
    signs.ready(election::isRunning);
    signs.live(election::isRunning);
    LOG.infof("standing for election as %s", settings.identity());
  }

  private void lead() {
    signs.ready(() -> false);
    Operator starting = new Operator(configuration);
    starting.register(reconciler, reconciler.configuration(configuration));
    starting.register(pools, pools.configuration(configuration));
    Registration.start(starting);
    operator = starting;
    pools.begin();
    metrics.leads(reconciler.view());
    SilentNodes sweep =
        new SilentNodes(
            client,
            reconciler.view(),
            settings,
            new AbsenceReport(settings.namespace(), settings.nodeGrace(), Clock.systemUTC()),
            events,
            System::nanoTime);
    sweep.start();
    silentNodes = sweep;
    PodAttachments pods =
        new PodAttachments(client, reconciler.view(), events, metrics, Clock.systemUTC());
    pods.start();
    podAttachments = pods;
    signs.ready(
        () -> election.isRunning() && starting.getRuntimeInfo().allEventSourcesAreHealthy());
    LOG.infof("leading as %s", settings.identity());
  }

  /** Another may lead from now on, so nothing more is done here: kubelet starts a fresh one. */
  private void lost() {
    if (ending.getCount() > 0) {
      LOG.errorf("%s no longer leads; ending, to be started again", settings.identity());
      exit();
    }
  }

  private void exit() {
    exitCode = 1;
    Quarkus.asyncExit(1);
  }

  /** Ends: what is being written is finished, and then another may lead. */
  synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    ending.countDown();
    join(candidate);
    join(leader);
    SilentNodes sweep = silentNodes;
    if (sweep != null) {
      sweep.close();
    }
    PodAttachments pods = podAttachments;
    if (pods != null) {
      pods.close();
    }
    Operator started = operator;
    if (started != null) {
      started.stop();
    }
    pools.close();
    writer.close();
    election.close();
  }

  /** That of the process: not zero where it did not end because it was told to. */
  int exitCode() {
    return exitCode;
  }

  private static void join(Thread starter) {
    try {
      starter.join(START_END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
