package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.Conditions;
import io.netattach.kube.JsonPatch;
import io.netattach.kube.Reasons;
import io.netattach.kube.StatusWriter;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells attachments what they were given, or that there is nothing: in their status, and only where
 * that is as it was seen. Safe for use by several threads.
 */
final class Assignment {
  /** The reason of an attachment for which its pool has no address. */
  static final String EXHAUSTED = "AddressPoolExhausted";

  /** The reason of an attachment whose pool does not exist. */
  static final String NOT_FOUND = "AddressPoolNotFound";

  /** So often a status may have been written by another, in a row. */
  private static final int ATTEMPTS = 5;

  private final KubernetesClient client;
  private final StatusWriter<NetworkAttachment> statuses;
  private final Clock clock;

  /**
   * @param client not closed here
   */
  Assignment(KubernetesClient client, Clock clock) {
    this.client = client;
    this.statuses = new StatusWriter<>(client);
    this.clock = clock;
  }

  /** What a claim is given that has an address of each family, in the order of the families. */
  static AssignedAddresses of(String pool, PoolRanges ranges, Claim claim) {
    List<String> addresses = new ArrayList<>();
    Set<String> gateways = new LinkedHashSet<>();
    for (List<PoolRange> family : ranges.families()) {
      for (PoolAddress address : claim.has()) {
        Optional<PoolRange> from =
            family.stream().filter(range -> range.whole().contains(address)).findFirst();
        if (from.isPresent()) {
          addresses.add(from.get().prefixed(address));
          PoolAddress gateway = from.get().gateway();
          if (gateway != null) {
            gateways.add(gateway.toString());
          }
          break;
        }
      }
    }
    return new AssignedAddresses(pool, addresses, List.copyOf(gateways));
  }

  /** What became of giving. */
  enum Outcome {
    /** It has what it was given. */
    GIVEN,
    /** It was given something before, or is gone. */
    SETTLED,
    /** It was changed by others again and again. */
    OVERTAKEN
  }

  /**
   * Gives an attachment what is recorded for it, unless it was given something or is gone.
   *
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  Outcome give(NetworkAttachment attachment, AssignedAddresses assigned) {
    NetworkAttachment seen = attachment;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (write(seen, assigned)) {
        return Outcome.GIVEN;
      }
      NetworkAttachment now = read(seen);
      if (now == null || now.getStatus() != null && now.getStatus().assigned() != null) {
        return Outcome.SETTLED;
      }
      seen = now;
    }
    return Outcome.OVERTAKEN;
  }

  private boolean write(NetworkAttachment seen, AssignedAddresses assigned) {
    JsonPatch patch = JsonPatch.ofUnchanged(seen);
    if (seen.getStatus() == null) {
      // The definition's default makes one; it is not there where a definition is older.
      NetworkAttachmentStatus nothing = NetworkAttachmentStatus.NOTHING;
      patch.set("/status", nothing);
    }
    patch.set("/status/assigned", assigned);
    try {
      client.resource(seen).subresource("status").patch(JsonPatch.CONTEXT, patch.toString());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || JsonPatch.isOvertaken(e)) {
        return false;
      }
      throw e;
    }
  }

  /** As the API server has it; null where it is gone, or another has its name. */
  private @Nullable NetworkAttachment read(NetworkAttachment seen) {
    return client
        .resources(NetworkAttachment.class)
        .inNamespace(seen.getMetadata().getNamespace())
        .withField("metadata.name", seen.getMetadata().getName())
        .list()
        .getItems()
        .stream()
        .filter(now -> Objects.equals(now.getMetadata().getUid(), seen.getMetadata().getUid()))
        .findFirst()
        .orElse(null);
  }

  /**
   * Whether an attachment is to be told: once for a reason, and not where its node is missing.
   *
   * @param hasNode whether there is a node of a name
   */
  static boolean isUntold(NetworkAttachment attachment, String reason, Predicate<String> hasNode) {
    @Nullable String node = attachment.getSpec().nodeName();
    return ready(attachment)
        .map(Condition::reason)
        .filter(said ->
            said.equals(reason)
                || said.equals(Reasons.NODE_NOT_FOUND) && (node == null || !hasNode.test(node)))
        .isEmpty();
  }

  private static Optional<Condition> ready(NetworkAttachment attachment) {
    return attachment.getStatus() == null
        ? Optional.empty()
        : Conditions.find(attachment.getStatus().conditions(), Conditions.READY);
  }

  /**
   * Tells an attachment why it is given nothing.
   *
   * @return whether it was told: not where it has changed meanwhile
   */
  boolean tell(NetworkAttachment attachment, String reason, String message) {
    NetworkAttachmentStatus last =
        attachment.getStatus() == null ? NetworkAttachmentStatus.NOTHING : attachment.getStatus();
    Condition ready =
        Conditions.of(
            last.conditions(),
            Conditions.READY,
            Conditions.FALSE,
            reason,
            message,
            attachment.getMetadata().getGeneration(),
            clock.instant());
    return statuses.writeUnlessChanged(attachment, last.with(ready)).isPresent();
  }
}
