package io.netattach.agent;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.netattach.agent.PodSandboxes.NoSandbox;
import io.netattach.agent.PodSandboxes.Placed;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.api.PodTarget;
import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Identity;
import io.netattach.attach.ObservedAttachment;
import io.netattach.attach.Reason;
import io.netattach.attach.Reclaim;
import io.netattach.cri.ContainerRuntime;
import io.netattach.cri.CriException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where attachments lead: finds the namespace of a pod, keeps those of pods from whoever names them
 * otherwise, and looks again after attaching. Safe for use by several threads, but not for one
 * attachment.
 */
final class Targets {
  private final Attacher attacher;
  private final PodSandboxes pods;
  private final SandboxWatch sandboxes;

  /** Where the pods of attachments were found, by uid of the attachment. */
  private final Map<String, Placed> placed = new ConcurrentHashMap<>();

  /** Named namespaces that are no pods', by uid of the attachment. */
  private final Map<String, Netns.Identity> harmless = new ConcurrentHashMap<>();

  /**
   * @param ask has an attachment carried out
   */
  Targets(NodeEngine engine, ContainerRuntime runtime, Consumer<ResourceID> ask) {
    this.attacher = engine.attacher();
    this.pods = new PodSandboxes(runtime, engine.node());
    this.sandboxes = new SandboxWatch(runtime, ask);
    // It may be that of a pod's next sandbox, made while the last one's stays.
    engine
        .upkeep()
        .onName(name -> {
          if (PodSandboxes.isOfRuntime(name)) {
            sandboxes.review();
          }
        });
  }

  /** Which sandboxes are waited for. */
  SandboxWatch sandboxes() {
    return sandboxes;
  }

  /**
   * What is desired, with the namespace that it leads to at this moment. Where a pod has none, it
   * is looked for from then on.
   *
   * @param resource one that is valid
   * @throws AttachException when the namespace cannot be found, or may not be attached to
   */
  Attachment desired(NetworkAttachment resource) {
    PodTarget pod = SpecReader.podOf(resource).orElse(null);
    if (pod == null) {
      sandboxes.forget(uid(resource));
      Attachment desired = SpecReader.read(resource);
      pods.identity(desired.target().netns())
          .filter(identity -> !identity.equals(harmless.get(uid(resource))))
          .filter(identity -> isStrange(attacher.observe(desired)))
          .ifPresent(identity -> pods.refuseIfPods(desired.target().netns(), identity));
      return desired;
    }
    return SpecReader.read(resource, place(resource, pod).netns());
  }

  /**
   * Takes away what is in a namespace that was refused: of a release that did not refuse it, or of
   * an attempt that ended before it was taken back.
   *
   * @param last as {@link #last} says; null for nothing
   * @throws AttachException when it cannot be
   */
  void leave(NetworkAttachment resource, @Nullable Attachment last) {
    if (last != null && attacher.observe(last).container() != null) {
      takeBack(resource);
    }
  }

  /** Whether a namespace is none that was made for attachments. */
  private static boolean isStrange(ObservedAttachment observed) {
    return observed.target() instanceof ObservedAttachment.Target.Present present
        && present.mark().isEmpty();
  }

  private Placed place(NetworkAttachment resource, PodTarget pod) {
    String uid = uid(resource);
    try {
      Placed found = pods.of(pod, resource.getMetadata().getNamespace());
      placed.put(uid, found);
      sandboxes.found(uid, ResourceID.fromResource(resource), found.sandbox().id());
      return found;
    } catch (NoSandbox e) {
      Placed last = placed.get(uid);
      if (e.isUnanswered() && last != null && pods.isThere(last)) {
        // The runtime takes the name away before it gives the pod another namespace.
        return last;
      }
      sandboxes.await(uid, ResourceID.fromResource(resource), String.valueOf(pod.uid()));
      throw e.told();
    } catch (AttachException e) {
      if (e.reason() == Reason.REFUSED) {
        sandboxes.forget(uid);
      }
      throw e;
    }
  }

  /**
   * What is desired, with the namespace that it led to before; null where that is not known. Good
   * for looking only.
   */
  @Nullable Attachment last(NetworkAttachment resource, @Nullable NetworkAttachmentStatus before) {
    if (SpecReader.podOf(resource).isEmpty()) {
      return SpecReader.read(resource);
    }
    Placed last = placed.get(uid(resource));
    return Optional.ofNullable(last)
        .map(Placed::netns)
        .or(() -> told(before))
        .map(netns -> SpecReader.read(resource, netns))
        .orElse(null);
  }

  private static Optional<NetnsName> told(@Nullable NetworkAttachmentStatus before) {
    return before == null || before.netns() == null || before.netns().path() == null
        ? Optional.empty()
        : PodSandboxes.named(before.netns().path());
  }

  /**
   * Looks whether what was attached is where it should be: names may lead elsewhere from one moment
   * to the next. What is elsewhere is taken away.
   *
   * @throws AttachException when it is not, or that cannot be told
   */
  void confirm(NetworkAttachment resource, Attached attached, ObservedAttachment observed) {
    Netns.Identity found =
        observed.target() instanceof ObservedAttachment.Target.Present present
            ? present.identity()
            : null;
    PodTarget pod = SpecReader.podOf(resource).orElse(null);
    if (pod == null) {
      confirmNamed(resource, observed, found);
    } else if (!attached.steps().isEmpty()) {
      confirmPod(resource, pod, found);
    }
  }

  private void confirmNamed(
      NetworkAttachment resource, ObservedAttachment observed, Netns.@Nullable Identity found) {
    String uid = uid(resource);
    if (found == null || found.equals(harmless.get(uid))) {
      return;
    }
    if (isStrange(observed)) {
      try {
        pods.refuseIfPods(SpecReader.read(resource).target().netns(), found);
      } catch (AttachException e) {
        takeBack(resource);
        throw e;
      }
    }
    harmless.put(uid, found);
  }

  private void confirmPod(
      NetworkAttachment resource, PodTarget pod, Netns.@Nullable Identity found) {
    Placed where = placed.get(uid(resource));
    if (where == null) {
      throw new IllegalStateException("it was placed before it was attached");
    }
    boolean current;
    try {
      current = where.identity().equals(found) && pods.isCurrent(where);
    } catch (CriException e) {
      if (pods.isThere(where)) {
        // As good as it can be known; the name goes with the sandbox.
        return;
      }
      current = false;
    }
    if (!current) {
      takeBack(resource);
      sandboxes.await(uid(resource), ResourceID.fromResource(resource), String.valueOf(pod.uid()));
      throw new AttachException(
          Reason.TARGET_NOT_FOUND,
          "pod " + pod.name() + " got another sandbox, or lost its own, while it was attached to");
    }
  }

  private void takeBack(NetworkAttachment resource) {
    var metadata = resource.getMetadata();
    var unused =
        attacher.detach(
            new Identity(metadata.getUid(), metadata.getNamespace(), metadata.getName()),
            null,
            Reclaim.RETAIN);
  }

  /** Keeps nothing of an attachment whose object is gone. */
  void forget(String uid) {
    sandboxes.forget(uid);
    placed.remove(uid);
    harmless.remove(uid);
  }

  private static String uid(NetworkAttachment resource) {
    return resource.getMetadata().getUid();
  }
}
