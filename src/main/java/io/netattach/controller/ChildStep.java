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

/** What is to be done next for the child of one place. Pure. */
sealed interface ChildStep {
  /** It is as the template says. */
  record Keep(NetworkAttachment child) implements ChildStep {}

  /** There is none. */
  record Create(NetworkAttachment child) implements ChildStep {}

  /**
   * It differs in what can be changed, or is nobody's.
   *
   * @param isDisturbing whether it may not be ready for a while because of it
   */
  record Change(NetworkAttachment child, JsonPatch patch, boolean isDisturbing)
      implements ChildStep {}

  /** It differs in what cannot be changed: it goes, and is made anew when it is gone. */
  record Replace(NetworkAttachment child) implements ChildStep {}

  /** It differs, and is ready: it waits for its turn, until others are ready, too. */
  record Hold(NetworkAttachment child) implements ChildStep {}

  /** It is being deleted. */
  record Wait(NetworkAttachment child) implements ChildStep {}

  /**
   * Its name is that of another's object.
   *
   * @param sentence what to do about it
   */
  record Taken(String sentence) implements ChildStep {}

  /**
   * There can be none.
   *
   * @param sentence why, and what to do about it
   */
  record Bar(String sentence) implements ChildStep {}

  /**
   * The next step for a place.
   *
   * @param found what has the child's name
   */
  static ChildStep next(ChildTemplate template, Place place, Optional<NetworkAttachment> found) {
    if (place.barred() != null) {
      return new Bar(place.barred());
    }
    if (found.isEmpty()) {
      return new Create(template.child(place));
    }
    NetworkAttachment child = found.get();
    OwnerReference owner = template.owner();
    Optional<OwnerReference> controller =
        child.getMetadata().getOwnerReferences().stream()
            .filter(other -> Boolean.TRUE.equals(other.getController()))
            .findFirst();
    boolean isOurs = controller.filter(other -> sameUid(other, owner)).isPresent();
    boolean isOrphan =
        controller.isEmpty() && hasAll(labels(child.getMetadata()), template.ownLabels(place));
    boolean isPredecessors =
        !isOurs && controller.filter(other -> isPredecessor(other, owner)).isPresent();
    if (!isOurs && !isOrphan && !isPredecessors) {
      return new Taken(taken(child, place, controller));
    }
    // What a deleted Set of the same name has left, the garbage collector is about to delete.
    if (child.isMarkedForDeletion() || isPredecessors) {
      return new Wait(child);
    }
    if (isOurs && !canBecome(child.getSpec(), template.spec(place))) {
      return new Replace(child);
    }
    return change(template, place, child, isOrphan);
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
      NetworkAttachment child, Place place, Optional<OwnerReference> controller) {
    String whose =
        controller
            .map(other -> "belongs to " + other.getKind() + " " + other.getName())
            .orElse("was made by somebody else");
    return "the attachment of "
        + place
        + " would be named "
        + child.getMetadata().getName()
        + ", and the one of that name "
        + whose
        + ": delete it, or give this Set another name";
  }

  /** Node, target and pool are what an attachment keeps for life. */
  private static boolean canBecome(
      @Nullable NetworkAttachmentSpec now, NetworkAttachmentSpec wanted) {
    return now != null
        && Objects.equals(now.nodeName(), wanted.nodeName())
        && isSame(now.target(), wanted.target())
        && Objects.equals(pool(now), pool(wanted));
  }

  private static boolean isSame(@Nullable Target now, @Nullable Target wanted) {
    return now != null
        && wanted != null
        && Objects.equals(now.pod(), wanted.pod())
        && Objects.equals(namespace(now), namespace(wanted));
  }

  private static @Nullable String namespace(Target target) {
    return target.netns() == null ? null : target.netns().name();
  }

  private static @Nullable String pool(NetworkAttachmentSpec spec) {
    return spec.container() == null || spec.container().addressPool() == null
        ? null
        : spec.container().addressPool().name();
  }

  private static ChildStep change(
      ChildTemplate template, Place place, NetworkAttachment child, boolean adopts) {
    ObjectMeta metadata = child.getMetadata();
    ChildTemplate.Keys before = ChildTemplate.Keys.of(annotations(metadata));
    Map<String, String> labels = merged(labels(metadata), before.labels(), template.labels(place));
    Map<String, String> annotations =
        merged(annotations(metadata), before.annotations(), template.annotations());
    if (!template.annotations().containsKey(ChildTemplate.KEYS_ANNOTATION)) {
      annotations.remove(ChildTemplate.KEYS_ANNOTATION);
    }
    NetworkAttachmentSpec spec = template.spec(place);
    boolean same = !adopts;
    boolean disturbs = false;
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
      disturbs = true;
    }
    return same ? new Keep(child) : new Change(child, patch, disturbs);
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
