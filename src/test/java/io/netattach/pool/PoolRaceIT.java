package io.netattach.pool;

import static io.netattach.pool.PoolObjects.holders;
import static io.netattach.pool.PoolObjects.pool;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPool;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * Eight that give addresses of one pool at once, which a cluster never has: each knows only what it
 * learns when another was quicker. How many addresses is said by {@code netattach.pool.addresses}.
 */
@NeedsApiServer
@NullUnmarked
class PoolRaceIT {
  private static final int ALLOCATORS = 8;
  private static final int ADDRESSES = Integer.getInteger("netattach.pool.addresses", 2_000);

  /** Claims that one decides on together. */
  private static final int BATCH = 256;

  @Test
  void noAddressIsGivenTwice() throws Exception {
    try (ApiServer server = ApiServer.start()) {
      server.install(
          Path.of("k8s/crds/addresspools.netattach.io.yaml"),
          Path.of("k8s/crds/addressblocks.netattach.io.yaml"));
      KubernetesClient client = server.client();
      AddressPool pool = pool(client, "race", "10.8.0.0/14", "fd00:10::/64");
      PoolRanges ranges = PoolRanges.of(pool.getSpec());
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      PoolMetrics metrics = new PoolMetrics(registry);
      int each = ADDRESSES / ranges.families().size() / ALLOCATORS;

      long start = System.nanoTime();
      Duration cpu = server.cpu();
      List<Claim> recorded = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(ALLOCATORS)) {
        List<Callable<List<Claim>>> allocators =
            IntStream.range(0, ALLOCATORS)
                .<Callable<List<Claim>>>mapToObj(
                    who -> () -> record(client, metrics, ranges, claims(who, each)))
                .toList();
        for (Future<List<Claim>> done : threads.invokeAll(allocators)) {
          recorded.addAll(done.get());
        }
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);

      Map<String, AddressHolder> holders = holders(client, "race");
      Map<String, String> byAddress = new HashMap<>();
      for (Claim claim : recorded) {
        for (PoolAddress address : claim.has()) {
          assertThat(byAddress.put(address.toString(), claim.uid())).as("%s", address).isNull();
        }
      }
      assertThat(byAddress).hasSize(2 * each * ALLOCATORS);
      assertThat(holders.keySet()).isEqualTo(byAddress.keySet());
      assertThat(holders)
          .allSatisfy(
              (address, holder) -> assertThat(holder.uid()).isEqualTo(byAddress.get(address)));
      System.out.printf(
          Locale.ROOT,
          "%d addresses by %d at once: %.1f s, %.0f block writes, of which %.0f conflicts; the API"
              + " server took %.1f s of CPU%n",
          byAddress.size(),
          ALLOCATORS,
          took.toMillis() / 1e3,
          registry.get("netattach.pool.block.writes").counter().count(),
          registry.get("netattach.pool.block.conflicts").counter().count(),
          server.cpu().minus(cpu).toMillis() / 1e3);
    }
  }

  private static List<Claim> claims(int who, int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            new Claim(
                "shop/db-" + who + "-" + i, "uid-" + who + "-" + i, null, List.of(), List.of()))
        .toList();
  }

  private static List<Claim> record(
      KubernetesClient client, PoolMetrics metrics, PoolRanges ranges, List<Claim> claims)
      throws InterruptedException {
    Blocks blocks = new Blocks();
    Ledger ledger = new Ledger(blocks, new BlockWriter(client, blocks, metrics));
    List<Claim> recorded = new ArrayList<>();
    for (int from = 0; from < claims.size(); from += BATCH) {
      List<Claim> batch = claims.subList(from, Math.min(from + BATCH, claims.size()));
      Ledger.Recorded done;
      do {
        done = ledger.record("race", ranges, batch);
        assertThat(done.exhausted()).isEmpty();
      } while (done.overtaken());
      recorded.addAll(done.recorded());
    }
    return recorded;
  }
}
