package io.netattach.controller;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.Target;
import io.netattach.kube.JsonPatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is to be done next for the child of one node. Pure. */
sealed interface ChildStep {
  /** It is as the template says. */
  record Keep(NetworkAttachment child) implements ChildStep {}

  /** There is none. */
  record Create(NetworkAttachment child) implements ChildStep {}

  /** It differs in what can be changed, or is nobody's. */
  record Change(NetworkAttachment child, JsonPatch patch) implements ChildStep {}

  /** It differs in what cannot be changed: it goes, and is made anew when it is gone. */
  record Replace(NetworkAttachment child) implements ChildStep {}

  /** It is being deleted. */
  record Wait(NetworkAttachment child) implements ChildStep {}

  /**
   * Its name is that of another's object.
   *
   * @param sentence what to do about it
   */
  record Taken(String sentence) implements ChildStep {}

  /**
   * The next step for a node.
   *
   * @param found what has the child's name
   */
  static ChildStep next(ChildTemplate template, String node, Optional<NetworkAttachment> found) {
    if (found.isEmpty()) {
      return new Create(template.child(node));
    }
    NetworkAttachment child = found.get();
    OwnerReference owner = template.owner();
    Optional<OwnerReference> controller =
        child.getMetadata().getOwnerReferences().stream()
            .filter(other -> Boolean.TRUE.equals(other.getController()))
            .findFirst();
    boolean isOurs = controller.filter(other -> sameUid(other, owner)).isPresent();
    boolean isOrphan =
        controller.isEmpty() && hasAll(labels(child.getMetadata()), template.ownLabels(node));
    boolean isPredecessors =
        !isOurs && controller.filter(other -> isPredecessor(other, owner)).isPresent();
    if (!isOurs && !isOrphan && !isPredecessors) {
      return new Taken(taken(child, node, controller));
    }
    // What a deleted Set of the same name has left, the garbage collector is about to delete.
    if (child.isMarkedForDeletion() || isPredecessors) {
      return new Wait(child);
    }
    if (isOurs && !canBecome(child.getSpec(), template.spec(node))) {
      return new Replace(child);
    }
    return change(template, node, child, isOrphan);
  }

  private static boolean sameUid(OwnerReference one, OwnerReference other) {
    return Objects.equals(one.getUid(), other.getUid());
  }

  private static boolean isPredecessor(OwnerReference other, OwnerReference owner) {
    return NetworkAttachmentSet.KIND.equals(other.getKind())
        && Objects.equals(other.getName(), owner.getName());
  }

  private static boolean hasAll(Map<String, String> labels, Map<String, String> wanted) {
    return labels.entrySet().containsAll(wanted.entrySet());
  }

  private static String taken(
      NetworkAttachment child, String node, Optional<OwnerReference> controller) {
    String whose =
        controller
            .map(other -> "belongs to " + other.getKind() + " " + other.getName())
            .orElse("was made by somebody else");
    return "the attachment of node "
        + node
        + " would be named "
        + child.getMetadata().getName()
        + ", and the one of that name "
        + whose
        + ": delete it, or give this Set another name";
  }

  /** Node and target are what an attachment keeps for life. */
  private static boolean canBecome(
      @Nullable NetworkAttachmentSpec now, NetworkAttachmentSpec wanted) {
    return now != null
        && Objects.equals(now.nodeName(), wanted.nodeName())
        && Objects.equals(namespace(now.target()), namespace(wanted.target()));
  }

  private static @Nullable String namespace(@Nullable Target target) {
    return target == null || target.netns() == null ? null : target.netns().name();
  }

  private static ChildStep change(
      ChildTemplate template, String node, NetworkAttachment child, boolean adopts) {
    ObjectMeta metadata = child.getMetadata();
    ChildTemplate.Keys before = ChildTemplate.Keys.of(annotations(metadata));
    Map<String, String> labels = merged(labels(metadata), before.labels(), template.labels(node));
    Map<String, String> annotations =
        merged(annotations(metadata), before.annotations(), template.annotations());
    if (!template.annotations().containsKey(ChildTemplate.KEYS_ANNOTATION)) {
      annotations.remove(ChildTemplate.KEYS_ANNOTATION);
    }
    NetworkAttachmentSpec spec = template.spec(node);
    boolean same = !adopts;
    JsonPatch patch = JsonPatch.ofUnchanged(child);
    if (adopts) {
      List<OwnerReference> owners = new ArrayList<>(metadata.getOwnerReferences());
      owners.add(template.owner());
      patch.set("/metadata/ownerReferences", owners);
    }
    if (!labels.equals(labels(metadata))) {
      patch.set("/metadata/labels", labels);
      same = false;
    }
    if (!annotations.equals(annotations(metadata))) {
      patch.set("/metadata/annotations", annotations);
      same = false;
    }
    // An orphan that leads elsewhere becomes ours as it is, and is replaced then.
    if (canBecome(child.getSpec(), spec) && !spec.equals(child.getSpec())) {
      patch.set("/spec", spec);
      same = false;
    }
    return same ? new Keep(child) : new Change(child, patch);
  }

  /** What is there, without what the template said before, with what it says now. */
  private static Map<String, String> merged(
      Map<String, String> there, Set<String> before, Map<String, String> now) {
    Map<String, String> merged = new TreeMap<>(there);
    merged.keySet().removeAll(before);
    merged.putAll(now);
    return merged;
  }

  private static Map<String, String> labels(ObjectMeta metadata) {
    return metadata.getLabels() == null ? Map.of() : metadata.getLabels();
  }

  private static Map<String, String> annotations(ObjectMeta metadata) {
    return metadata.getAnnotations() == null ? Map.of() : metadata.getAnnotations();
  }
}
