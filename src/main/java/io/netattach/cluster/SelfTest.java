package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.netattach.api.Condition;
import io.netattach.api.ContainerEnd;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.PodTarget;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Target;
import io.netattach.kube.Conditions;
import io.netattach.kube.ObjectName;
import io.netattach.kube.StartFailure;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tries an installation out from a pod of it: agents are heard, and an attachment is made and taken
 * down again. What it creates is deleted at the end whatever happens, and goes with its pod where
 * it is killed.
 */
public final class SelfTest {
  private static final String INTERFACE = "nattest0";
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final int UNPROCESSABLE = 422;

  private final KubernetesClient client;
  private final Self self;
  private final Aim aim;
  private final Path interfaces;
  private final Duration timeout;
  private final Consumer<String> out;

  /** What the attachment that is tried leads to. */
  public enum Aim {
    /** The pod that this runs in; it can see the interface itself. */
    POD,
    /** A named namespace of its node, which the agent makes. */
    NETNS,
    /** None is tried. */
    NONE
  }

  /**
   * The pod that this runs in.
   *
   * @param uid empty where it is not known
   */
  public record Self(String namespace, String pod, String uid, String node) {}

  /**
   * @param client not closed here
   * @param interfaces the folder that has an entry for each interface, /sys/class/net
   * @param timeout for each step
   * @param out told how it goes on, a line for each step
   */
  public SelfTest(
      KubernetesClient client,
      Self self,
      Aim aim,
      Path interfaces,
      Duration timeout,
      Consumer<String> out) {
    this.client = client;
    this.self = self;
    this.aim = aim;
    this.interfaces = interfaces;
    this.timeout = timeout;
    this.out = out;
  }

  /**
   * Does all of it.
   *
   * @throws ClusterException at the first step that fails; what is suppressed in it, or in any
   *     other, is why the attachment could not be taken back
   */
  public void run() throws InterruptedException {
    new AgentCheck(client, self.namespace(), new Deadline(timeout), out).await();
    if (aim == Aim.NONE) {
      out.accept("no attachment is tried");
      return;
    }
    Resource<NetworkAttachment> attachment = client.resource(attachment());
    remove(attachment);
    try {
      create(attachment);
      awaitReady(attachment);
      awaitInterface(true);
      remove(attachment);
    } catch (RuntimeException | InterruptedException e) {
      takeBack(attachment, e);
      throw e;
    }
    out.accept("attachment " + name() + ": gone");
    awaitInterface(false);
  }

  private void create(Resource<NetworkAttachment> attachment) {
    try {
      attachment.create();
    } catch (KubernetesClientException e) {
      String why = e.getStatus() == null ? null : e.getStatus().getMessage();
      boolean isRefusal =
          e.getCode() == HttpURLConnection.HTTP_FORBIDDEN || e.getCode() == UNPROCESSABLE;
      throw isRefusal && why != null
          ? new ClusterException("attachment " + name() + " is refused: " + why)
          : e;
    }
    out.accept("attachment " + name() + ": created");
  }

  /** What went wrong first is what counts; who cannot take it back adds why. */
  private void takeBack(Resource<NetworkAttachment> attachment, Exception reason) {
    // The client sends nothing in a thread that is interrupted.
    boolean wasInterrupted = Thread.interrupted();
    try {
      if (!attachment.delete().isEmpty()) {
        out.accept("attachment " + name() + ": taken back");
      }
    } catch (KubernetesClientException e) {
      reason.addSuppressed(
          new ClusterException(
              "attachment "
                  + name()
                  + " could not be deleted ("
                  + StartFailure.innermost(e)
                  + "); use kubectl -n "
                  + self.namespace()
                  + " delete natt "
                  + objectName()));
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private String name() {
    return self.namespace() + "/" + objectName();
  }

  /** A test that runs at the same time in another pod has one of its own. */
  private String objectName() {
    return ObjectName.of("selftest-", self.pod());
  }

  private NetworkAttachment attachment() {
    NetworkAttachment attachment = new NetworkAttachment();
    ObjectMetaBuilder metadata =
        new ObjectMetaBuilder().withNamespace(self.namespace()).withName(objectName());
    if (!self.uid().isEmpty()) {
      metadata.withOwnerReferences(
          new OwnerReferenceBuilder()
              .withApiVersion("v1")
              .withKind("Pod")
              .withName(self.pod())
              .withUid(self.uid())
              .build());
    }
    attachment.setMetadata(metadata.build());
    boolean isToPod = aim == Aim.POD;
    ContainerEnd end =
        new ContainerEnd(INTERFACE, null, null, List.of(), null, List.of(), Map.of());
    attachment.setSpec(
        new NetworkAttachmentSpec(isToPod ? null : self.node(), target(isToPod), end, null));
    return attachment;
  }

  private Target target(boolean isToPod) {
    return isToPod
        ? new Target(null, new PodTarget(self.pod(), null))
        : new Target(
            new NetnsTarget(ObjectName.label("nattest-" + self.pod()), true, ReclaimPolicy.DELETE),
            null);
  }

  private void awaitReady(Resource<NetworkAttachment> attachment) throws InterruptedException {
    Deadline deadline = new Deadline(timeout);
    while (true) {
      NetworkAttachment now = attachment.get();
      if (now == null) {
        throw new ClusterException("attachment " + name() + " was deleted by somebody; try again");
      }
      Optional<Condition> ready =
          now.getStatus() == null
              ? Optional.empty()
              : Conditions.find(now.getStatus().conditions(), Conditions.READY);
      if (ready.isPresent() && Conditions.TRUE.equals(ready.get().status())) {
        out.accept("attachment " + name() + ": Ready on node " + self.node());
        return;
      }
      if (deadline.isOver()) {
        throw new ClusterException(
            "attachment "
                + name()
                + " is not ready after "
                + deadline.inWords()
                + ": "
                + inWords(ready.orElse(null))
                + ". Look at kubectl -n "
                + self.namespace()
                + " get events, and at the log of the agent of its node");
      }
      deadline.pause(INTERVAL);
    }
  }

  private static String inWords(@Nullable Condition ready) {
    return ready == null
        ? "nobody has looked at it"
        : ready.status() + ", " + ready.reason() + ", " + ready.message();
  }

  /** Only in its own pod is there something to see. */
  private void awaitInterface(boolean isWanted) throws InterruptedException {
    if (aim != Aim.POD) {
      return;
    }
    Deadline deadline = new Deadline(timeout);
    while (Files.exists(interfaces.resolve(INTERFACE)) != isWanted) {
      if (deadline.isOver()) {
        throw new ClusterException(
            "after "
                + deadline.inWords()
                + " this pod "
                + (isWanted ? "does not have" : "still has")
                + " the interface "
                + INTERFACE
                + ", although its attachment is "
                + (isWanted ? "ready" : "gone")
                + ". Look at the log of the agent on node "
                + self.node());
      }
      deadline.pause(INTERVAL);
    }
    out.accept("interface " + INTERFACE + (isWanted ? ": is in this pod" : ": is gone again"));
  }

  /** Also what an earlier run of the same name has left. */
  private void remove(Resource<NetworkAttachment> attachment) throws InterruptedException {
    Deadline deadline = new Deadline(timeout);
    attachment.delete();
    while (attachment.get() != null) {
      if (deadline.isOver()) {
        throw new ClusterException(
            "attachment "
                + name()
                + " is deleted and not gone after "
                + deadline.inWords()
                + ": its agent has not taken it down"
                + ". Look at kubectl -n "
                + self.namespace()
                + " describe natt "
                + objectName());
      }
      deadline.pause(INTERVAL);
    }
  }
}
