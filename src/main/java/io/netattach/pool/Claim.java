package io.netattach.pool;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPoolUse;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.PodTarget;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An attachment that asks for addresses.
 *
 * @param attachment namespace and name
 * @param keptFor the pod of a Set for which its addresses are to be kept; null for none
 * @param has what is recorded for it already
 * @param kept what is kept for its pod, whoever has it
 */
record Claim(
    String attachment,
    String uid,
    @Nullable String keptFor,
    List<PoolAddress> has,
    List<PoolAddress> kept) {

  /** That of an attachment of which no record is known yet. */
  static Claim of(NetworkAttachment attachment) {
    return new Claim(
        name(attachment),
        attachment.getMetadata().getUid(),
        keptFor(attachment),
        List.of(),
        List.of());
  }

  /** Namespace and name, as holders have them. */
  static String name(NetworkAttachment attachment) {
    return attachment.getMetadata().getNamespace() + "/" + attachment.getMetadata().getName();
  }

  /** The pool of an attachment that may be given addresses now and has none; else empty. */
  static Optional<String> wanted(NetworkAttachment attachment) {
    return use(attachment)
        .map(AddressPoolUse::name)
        .filter(pool -> !attachment.isMarkedForDeletion())
        .filter(pool -> isTargetKnown(attachment))
        .filter(
            pool -> attachment.getStatus() == null || attachment.getStatus().assigned() == null);
  }

  /** The pool of an attachment. */
  static Optional<AddressPoolUse> use(NetworkAttachment attachment) {
    return attachment.getSpec() == null || attachment.getSpec().container() == null
        ? Optional.empty()
        : Optional.ofNullable(attachment.getSpec().container().addressPool());
  }

  /**
   * What an attachment was given of a pool, and how that is recorded.
   *
   * @throws IllegalArgumentException where its status has what no controller would write
   */
  static Map<PoolAddress, AddressHolder> given(NetworkAttachment attachment, String pool) {
    AssignedAddresses assigned =
        attachment.getStatus() == null ? null : attachment.getStatus().assigned();
    if (assigned == null || !pool.equals(assigned.pool()) || use(attachment).isEmpty()) {
      return Map.of();
    }
    AddressHolder holder = of(attachment).holder();
    return assigned.addresses().stream()
        .collect(
            Collectors.toMap(
                address -> PoolAddress.parse(address.split("/", 2)[0]),
                address -> holder,
                (one, same) -> one));
  }

  private static boolean isTargetKnown(NetworkAttachment attachment) {
    PodTarget pod = pod(attachment);
    return pod == null || pod.uid() != null && attachment.getSpec().nodeName() != null;
  }

  private static @Nullable PodTarget pod(NetworkAttachment attachment) {
    return attachment.getSpec().target() == null ? null : attachment.getSpec().target().pod();
  }

  /** The uid of an attachment's pod; null where it is not known, or there is none. */
  static @Nullable String podUid(NetworkAttachment attachment) {
    PodTarget pod = pod(attachment);
    return pod == null ? null : pod.uid();
  }

  private static @Nullable String keptFor(NetworkAttachment attachment) {
    PodTarget pod = pod(attachment);
    if (pod == null || pod.name() == null || !use(attachment).orElseThrow().stable()) {
      return null;
    }
    return attachment.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .filter(owner -> Objects.equals(owner.getKind(), NetworkAttachmentSet.KIND))
        .map(OwnerReference::getUid)
        .map(set -> attachment.getMetadata().getNamespace() + "/" + set + "/" + pod.name())
        .findFirst()
        .orElse(null);
  }

  /** The same with what is recorded by now. */
  Claim in(Blocks blocks, String pool) {
    return new Claim(
        attachment,
        uid,
        keptFor,
        blocks.ofUid(pool, uid),
        keptFor == null ? List.of() : blocks.keptFor(pool, keptFor));
  }

  AddressHolder holder() {
    return new AddressHolder(attachment, uid, keptFor);
  }
}
