package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.api.AddressHolder;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether who has an address may keep it: an attachment that exists and was given no other, a
 * pod whose Set exists. What is known may raise a doubt; only the API server itself settles it.
 */
final class Users {
  private final KubernetesClient client;
  private final KnownAttachments known;

  /**
   * @param client not closed here
   */
  Users(KubernetesClient client, KnownAttachments known) {
    this.client = client;
    this.known = known;
  }

  /** Whether it is worth asking the API server. */
  boolean isDoubtful(String pool, PoolAddress address, AddressHolder holder) {
    if (holder.uid() == null) {
      return set(holder).filter(set -> known.hasSet(set.namespace(), set.uid())).isEmpty();
    }
    return named(holder)
        .flatMap(name -> known.named(name.namespace(), name.name()))
        .filter(attachment -> isUser(attachment, pool, address, holder))
        .isEmpty();
  }

  /** Asks the API server. */
  Ledger.Verdict judge(String pool, PoolAddress address, AddressHolder holder) {
    Optional<NetworkAttachment> user =
        Optional.ofNullable(holder.uid())
            .flatMap(uid ->
                named(holder)
                    .flatMap(this::attachment)
                    .filter(attachment -> uid.equals(attachment.getMetadata().getUid())));
    if (user.isPresent()) {
      return isUser(user.get(), pool, address, holder)
          ? new Ledger.Verdict.Stays()
          : new Ledger.Verdict.Free();
    }
    if (!isSetThere(holder)) {
      return new Ledger.Verdict.Free();
    }
    return holder.uid() == null
        ? new Ledger.Verdict.Stays()
        : new Ledger.Verdict.Kept(new AddressHolder(holder.attachment(), null, holder.keptFor()));
  }

  /**
   * Whether who has an address is about to lose it to a successor, by what the API server says: it
   * is being deleted or gone by now, or its pod is not the successor's.
   */
  boolean isLeaving(AddressHolder holder, NetworkAttachment successor) {
    return named(holder)
        .flatMap(this::attachment)
        .filter(former -> Objects.equals(former.getMetadata().getUid(), holder.uid()))
        .map(former ->
            former.isMarkedForDeletion()
                || !Objects.equals(Claim.podUid(former), Claim.podUid(successor)))
        .orElse(true);
  }

  /** An attachment that was given nothing yet is about to be given this. */
  private static boolean isUser(
      NetworkAttachment attachment, String pool, PoolAddress address, AddressHolder holder) {
    if (!Objects.equals(attachment.getMetadata().getUid(), holder.uid())) {
      return false;
    }
    AssignedAddresses assigned =
        attachment.getStatus() == null ? null : attachment.getStatus().assigned();
    return assigned == null
        || Objects.equals(assigned.pool(), pool)
            && assigned.addresses().stream().anyMatch(text -> text.startsWith(address + "/"));
  }

  private record Name(String namespace, String name) {}

  private static Optional<Name> named(AddressHolder holder) {
    String text = holder.attachment();
    int slash = text == null ? -1 : text.indexOf('/');
    return text == null || slash < 0
        ? Optional.empty()
        : Optional.of(new Name(text.substring(0, slash), text.substring(slash + 1)));
  }

  /** A list of one needs no right to get attachments. */
  private Optional<NetworkAttachment> attachment(Name name) {
    return client
        .resources(NetworkAttachment.class)
        .inNamespace(name.namespace())
        .withField("metadata.name", name.name())
        .list()
        .getItems()
        .stream()
        .findFirst();
  }

  /** A Set, which is one of its namespace: anybody can write the uid of another's. */
  private record SetId(String namespace, String uid) {}

  private static Optional<SetId> set(AddressHolder holder) {
    @Nullable String keptFor = holder.keptFor();
    String[] parts = keptFor == null ? new String[0] : keptFor.split("/", 3);
    return parts.length < 3 ? Optional.empty() : Optional.of(new SetId(parts[0], parts[1]));
  }

  private boolean isSetThere(AddressHolder holder) {
    return set(holder).filter(this::isSetThere).isPresent();
  }

  private boolean isSetThere(SetId id) {
    if (known.hasSet(id.namespace(), id.uid())) {
      return true;
    }
    List<NetworkAttachmentSet> sets =
        client.resources(NetworkAttachmentSet.class).inNamespace(id.namespace()).list().getItems();
    return sets.stream().anyMatch(set -> set.getMetadata().getUid().equals(id.uid()));
  }
}
