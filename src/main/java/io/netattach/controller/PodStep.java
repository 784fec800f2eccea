package io.netattach.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.PodTarget;
import io.netattach.api.Target;
import io.netattach.kube.JsonPatch;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is to be done next for an attachment that leads to a pod. Pure. */
sealed interface PodStep {
  /** It waits, or it is bound to the pod of its name. */
  record Leave() implements PodStep {}

  /** The pod is there and has a node: from now on the attachment is that node's. */
  record Bind(String node, JsonPatch patch) implements PodStep {}

  /**
   * No pod has the name, or another than the attachment means.
   *
   * @param why for people
   */
  record Await(String why) implements PodStep {}

  /** The pod that it is bound to has ended for good, or seems to be gone. */
  record Remove(String pod, String uid) implements PodStep {}

  /**
   * The next step.
   *
   * @param pod that of the name that it leads to
   */
  static PodStep next(NetworkAttachment attachment, Optional<Pod> pod) {
    PodTarget target = target(attachment).orElse(null);
    if (target == null || target.name() == null || attachment.isMarkedForDeletion()) {
      return new Leave();
    }
    String name = target.name();
    String uid = target.uid();
    if (uid == null || uid.isEmpty() || attachment.getSpec().nodeName() == null) {
      return pod.filter(found -> isMeant(uid, found))
          .map(found -> bind(attachment, found))
          .orElseGet(() -> new Await(why(attachment, name, pod)));
    }
    boolean isThere =
        pod.filter(found -> uid.equals(found.getMetadata().getUid()))
            .filter(found -> !Place.isCompleted(found))
            .isPresent();
    // What a Set has made goes by the Set's plan.
    return isThere || ClusterView.owner(attachment).isPresent()
        ? new Leave()
        : new Remove(name, uid);
  }

  /** Whether an attachment leads to a pod that it was not brought together with yet. */
  static boolean isUnbound(NetworkAttachment attachment) {
    return target(attachment)
        .filter(target -> target.uid() == null || target.uid().isEmpty())
        .isPresent();
  }

  /** Somebody may have written the uid, and left the node to be filled in. */
  private static boolean isMeant(@Nullable String uid, Pod pod) {
    return uid == null || uid.isEmpty() || uid.equals(pod.getMetadata().getUid());
  }

  private static String why(NetworkAttachment attachment, String name, Optional<Pod> other) {
    String namespace = attachment.getMetadata().getNamespace();
    return other
        .map(pod ->
            "pod "
                + name
                + " in namespace "
                + namespace
                + " has the uid "
                + pod.getMetadata().getUid()
                + ", not that of target.pod.uid; leave the uid out to attach whichever pod has the"
                + " name")
        .orElseGet(() ->
            "no pod is named "
                + name
                + " in namespace "
                + namespace
                + " yet; it is attached when there is one");
  }

  /** The pod that an attachment leads to, if it leads to one. */
  static Optional<PodTarget> target(NetworkAttachment attachment) {
    NetworkAttachmentSpec spec = attachment.getSpec();
    return spec == null || spec.target() == null
        ? Optional.empty()
        : Optional.ofNullable(spec.target().pod());
  }

  private static PodStep bind(NetworkAttachment attachment, Pod pod) {
    if (!Place.isOne(pod) || pod.isMarkedForDeletion()) {
      return new Leave();
    }
    String node = pod.getSpec().getNodeName();
    PodTarget bound = new PodTarget(pod.getMetadata().getName(), pod.getMetadata().getUid());
    JsonPatch patch =
        JsonPatch.ofUnchanged(attachment).set("/spec/target", new Target(null, bound));
    if (attachment.getSpec().nodeName() == null) {
      patch.set("/spec/nodeName", node);
    }
    return new Bind(node, patch);
  }
}
