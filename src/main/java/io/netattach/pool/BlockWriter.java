package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.JsonPatch;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes blocks, each only as long as it is as it was seen: whatever cannot be written, or has lost
 * its answer, is read again, so that the next decision is made on what is there. Safe for use by
 * several threads.
 */
final class BlockWriter {
  private final KubernetesClient client;
  private final Blocks blocks;
  private final PoolMetrics metrics;

  /**
   * @param client not closed here
   */
  BlockWriter(KubernetesClient client, Blocks blocks, PoolMetrics metrics) {
    this.client = client;
    this.blocks = blocks;
    this.metrics = metrics;
  }

  /**
   * Records who has addresses.
   *
   * @param seen null where there is no such block
   * @return whether it was written; if not, what is known of the block is as new as can be
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  boolean record(
      String pool,
      PoolAddress first,
      @Nullable Block seen,
      Map<PoolAddress, AddressHolder> holders) {
    String name = Block.name(pool, first);
    if (seen == null) {
      AddressBlock block = new AddressBlock();
      block.getMetadata().setName(name);
      block.getMetadata().setLabels(Map.of(AddressBlock.POOL_LABEL, pool));
      block.setSpec(new AddressBlockSpec(pool, first.toString(), byText(holders)));
      return attempt(name, () -> client.resource(block).create());
    }
    JsonPatch patch = JsonPatch.ofUnchanged(seen.resource());
    if (seen.isEmpty()) {
      patch.set("/spec/holders", byText(holders));
    } else {
      holders.forEach((address, holder) -> patch.set(path(address), holder));
    }
    return patch(seen, patch);
  }

  private static Map<String, AddressHolder> byText(Map<PoolAddress, AddressHolder> holders) {
    Map<String, AddressHolder> byText = new HashMap<>();
    holders.forEach((address, holder) -> byText.put(address.toString(), holder));
    return byText;
  }

  /**
   * Takes addresses from who has them.
   *
   * @param released the addresses; with whom they are kept for, or null for nobody
   * @return whether it was written; if not, what is known of the block is as new as can be
   */
  boolean release(Block seen, Map<PoolAddress, @Nullable AddressHolder> released) {
    JsonPatch patch = JsonPatch.ofUnchanged(seen.resource());
    long out = released.values().stream().filter(kept -> kept == null).count();
    if (out == seen.holders().size()) {
      return delete(seen);
    }
    released.forEach((address, kept) -> {
      if (kept == null) {
        patch.remove(path(address));
      } else {
        patch.set(path(address), kept);
      }
    });
    return patch(seen, patch);
  }

  private boolean patch(Block seen, JsonPatch patch) {
    AddressBlock resource = seen.resource();
    return attempt(
        resource.getMetadata().getName(),
        () -> client.resource(resource).patch(JsonPatch.CONTEXT, patch.toString()));
  }

  /** Deletes a block that is as it was seen. */
  boolean delete(Block seen) {
    String name = seen.resource().getMetadata().getName();
    return attempt(
        name,
        () -> {
          client.resource(seen.resource()).lockResourceVersion().delete();
          return null;
        });
  }

  private static String path(PoolAddress address) {
    return "/spec/holders/" + address;
  }

  private boolean attempt(String name, Supplier<@Nullable AddressBlock> write) {
    boolean isDone = false;
    blocks.writing(name);
    try {
      metrics.wroteBlock();
      AddressBlock now = write.get();
      isDone = true;
      if (now == null) {
        blocks.forget(name);
      } else {
        blocks.put(now);
      }
      return true;
    } catch (KubernetesClientException e) {
      boolean conflict = e.getCode() == HttpURLConnection.HTTP_CONFLICT || JsonPatch.isOvertaken(e);
      if (!conflict && ApiAnswer.isOne(e)) {
        throw e;
      }
      if (conflict) {
        metrics.conflicted();
      }
      look(name);
      return false;
    } finally {
      blocks.wrote(name, isDone);
    }
  }

  /** Reads a block from the API server itself. */
  private void look(String name) {
    AddressBlock now = client.resources(AddressBlock.class).withName(name).get();
    if (now == null) {
      blocks.lose(name);
    } else {
      blocks.hear(now);
    }
  }
}
