package io.netattach.pool;

import static io.netattach.pool.PoolObjects.assigned;
import static io.netattach.pool.PoolObjects.attachment;
import static io.netattach.pool.PoolObjects.attachments;
import static io.netattach.pool.PoolObjects.given;
import static io.netattach.pool.PoolObjects.holders;
import static io.netattach.pool.PoolObjects.namespace;
import static io.netattach.pool.PoolObjects.pool;
import static io.netattach.pool.PoolObjects.range;
import static io.netattach.pool.PoolObjects.ready;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressPoolStatus;
import io.netattach.api.AddressRange;
import io.netattach.api.ApiObjects;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.api.PodTarget;
import io.netattach.api.Target;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What keepers of pools do on a real API server, whatever they have heard of. */
@NeedsApiServer
@NullUnmarked
class PoolKeeperIT {
  private KubernetesClient client;
  private TestKeeper keeper;
  private String name;

  @BeforeEach
  void start(ApiServer server, TestInfo test) {
    ApiObjects.install(server);
    client = server.client();
    keeper = new TestKeeper(client);
    name = "p" + Integer.toHexString(test.getDisplayName().hashCode());
    namespace(client, name);
  }

  @AfterEach
  void end() {
    keeper.close();
    attachments(client, name).forEach(each -> client.resource(each).delete());
    client.resources(AddressBlock.class).withLabel(AddressBlock.POOL_LABEL, name).delete();
    client.resources(AddressPool.class).withName(name).delete();
  }

  /** Writes into the first block of 10.10.0.0 as somebody else might. */
  private void editHolders(Consumer<Map<String, AddressHolder>> edit) {
    client
        .resources(AddressBlock.class)
        .withName(name + "-0a0a0000")
        .edit(found -> {
          Map<String, AddressHolder> holders = new TreeMap<>(found.getSpec().holders());
          edit.accept(holders);
          found.setSpec(new AddressBlockSpec(name, found.getSpec().first(), holders));
          return found;
        });
  }

  private AddressPoolStatus status() {
    return client.resources(AddressPool.class).withName(name).require().getStatus();
  }

  @Test
  void anAttachmentIsGivenAnAddressOfEachFamilyOnce() throws InterruptedException {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName(name);
    pool.setSpec(
        new AddressPoolSpec(
            List.of(
                new AddressRange("10.10.0.0/24", null, null, "10.10.0.1", List.of("10.10.0.2")),
                range("fd00:10::/64"))));
    client.resource(pool).create();
    NetworkAttachment attachment = attachment(client, name, "db", name);

    keeper.hear().keep(name);
    AssignedAddresses first = assigned(client, attachment);
    keeper.hear().later().keep(name);

    assertThat(first)
        .isEqualTo(
            new AssignedAddresses(
                name, List.of("10.10.0.3/24", "fd00:10::1/64"), List.of("10.10.0.1")));
    assertThat(assigned(client, attachment)).isEqualTo(first);
    assertThat(status().total()).isEqualTo(252);
    assertThat(status().used()).isEqualTo(1);
    assertThat(status().free()).isEqualTo(251);
    assertThat(status().inUse())
        .isEqualTo("10.10.0.3 is that of %s/db, fd00:10::1 is that of %s/db".formatted(name, name));
    assertThat(ready(status().conditions()).reason()).isEqualTo("Available");
  }

  @Test
  void whatWasGivenCannotBeTakenByWritingTheStatus() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = attachment(client, name, "db", name);
    keeper.hear().keep(name);
    NetworkAttachment given = client.resource(attachment).get();

    given.setStatus(NetworkAttachmentStatus.NOTHING);

    assertThat(catchThrowable(() -> client.resource(given).updateStatus()))
        .hasMessageContaining("is given once and stays");
  }

  @Test
  void twoAtOnceNeverGiveOneAddressTwice() throws Exception {
    pool(client, name, "10.10.0.0/24", "fd00:10::/64");
    int count = 60;
    for (int i = 0; i < count; i++) {
      attachment(client, name, "a" + i, name);
    }
    CyclicBarrier together = new CyclicBarrier(2);
    try (TestKeeper other = new TestKeeper(client);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<TestKeeper>> both = new ArrayList<>();
      for (TestKeeper each : List.of(keeper, other)) {
        each.hear();
        Callable<TestKeeper> keeping =
            () -> {
              together.await();
              return each.keep(name);
            };
        both.add(threads.submit(keeping));
      }
      for (Future<TestKeeper> each : both) {
        each.get();
      }
      // What both have recorded for one attachment is one too many, and goes.
      keeper.hear().later().keep(name);
    }

    List<String> given = given(client, name);
    assertThat(given).hasSize(2 * count).doesNotHaveDuplicates();
    assertThat(holders(client, name).keySet())
        .containsExactlyInAnyOrderElementsOf(
            given.stream().map(address -> address.split("/")[0]).toList());
    assertThat(status().used()).isEqualTo(count);
  }

  @Test
  void aRestartBetweenTheTwoWritesGoesOn() throws Exception {
    AddressPool pool = pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = attachment(client, name, "db", name);
    // What a controller has recorded that was killed then.
    Blocks blocks = new Blocks();
    new Ledger(blocks, new BlockWriter(client, blocks, metrics()))
        .record(name, PoolRanges.of(pool.getSpec()), List.of(Claim.of(attachment)));
    Map<String, AddressHolder> recorded = holders(client, name);
    assertThat(assigned(client, attachment)).isNull();

    keeper.hear().keep(name);

    assertThat(assigned(client, attachment).addresses()).containsExactly("10.10.0.1/24");
    assertThat(holders(client, name)).isEqualTo(recorded);
  }

  @Test
  void oneThatIsDeletedGivesWhatItHasRecorded() throws Exception {
    AddressPool pool = pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = attachment(client, name, "db", name);
    Blocks blocks = new Blocks();
    new Ledger(blocks, new BlockWriter(client, blocks, metrics()))
        .record(name, PoolRanges.of(pool.getSpec()), List.of(Claim.of(attachment)));

    assertThat(keeper.hear().leave(name)).isFalse();

    assertThat(assigned(client, attachment).addresses()).containsExactly("10.10.0.1/24");
  }

  private static PoolMetrics metrics() {
    return new PoolMetrics(new SimpleMeterRegistry());
  }

  @Test
  void whoHasHeardOfNoBlockGivesTheSameAddress() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    attachment(client, name, "a", name);
    attachment(client, name, "b", name);
    keeper.hear().keep(name);
    List<String> before = given(client, name);
    attachment(client, name, "c", name);

    try (TestKeeper blind = new TestKeeper(client)) {
      blind.hearAttachments().keep(name);
    }

    assertThat(given(client, name))
        .containsExactlyInAnyOrder("10.10.0.1/24", "10.10.0.2/24", "10.10.0.3/24")
        .containsAll(before);
  }

  @Test
  void itGoesOnByItselfInOrderOfCreationWhenOneIsFree() throws InterruptedException {
    pool(client, name, "10.10.0.0/30");
    for (String each : List.of("a", "b", "c", "d")) {
      attachment(client, name, each, name);
    }

    keeper.hear().keep(name);
    keeper.hear().keep(name);

    assertThat(ready(status().conditions()).reason()).isEqualTo("Exhausted");
    NetworkAttachment waiting = attachments(client, name).get(2);
    assertThat(ready(waiting.getStatus().conditions()))
        .satisfies(ready -> {
          assertThat(ready.status()).isEqualTo("False");
          assertThat(ready.reason()).isEqualTo("AddressPoolExhausted");
          assertThat(ready.message()).startsWith("pool " + name + " has no address left; ");
        });
    assertThat(
            client.v1().events().inNamespace(name).list().getItems().stream()
                .filter(event -> event.getReason().equals("AddressPoolExhausted"))
                .map(event -> event.getInvolvedObject().getName()))
        .containsExactlyInAnyOrder("c", "d");

    NetworkAttachment gone = attachments(client, name).getFirst();
    client.resource(gone).delete();
    keeper.keeper().departed(gone);
    keeper.hear().keep(name);

    assertThat(assigned(client, waiting).addresses()).containsExactly("10.10.0.1/30");
    assertThat(assigned(client, attachments(client, name).getLast())).isNull();
  }

  @Test
  void whoseNodeIsMissingIsToldOfItsPoolWhenTheNodeIsThere() throws InterruptedException {
    pool(client, name, "10.10.0.0/32");
    attachment(client, name, "a", name);
    NetworkAttachment waiting = attachment(client, name, "b", name);
    var unused =
        new Assignment(client, Clock.systemUTC())
            .tell(client.resource(waiting).get(), "NodeNotFound", "no node is named worker-1");

    keeper.hear().keep(name);
    assertThat(ready(client.resource(waiting).get().getStatus().conditions()).reason())
        .isEqualTo("NodeNotFound");
    keeper.hearNode("worker-1").hear().keep(name);

    assertThat(ready(client.resource(waiting).get().getStatus().conditions()).reason())
        .isEqualTo("AddressPoolExhausted");
  }

  @Test
  void aPoolThatGrowsGoesOn() throws InterruptedException {
    pool(client, name, "10.10.0.0/31");
    for (String each : List.of("a", "b", "c")) {
      attachment(client, name, each, name);
    }
    keeper.hear().keep(name);
    assertThat(given(client, name)).hasSize(2);

    client
        .resources(AddressPool.class)
        .withName(name)
        .edit(pool -> {
          pool.setSpec(new AddressPoolSpec(List.of(range("10.10.0.0/31"), range("10.20.0.0/31"))));
          return pool;
        });
    keeper.hear().later().keep(name);

    assertThat(given(client, name)).contains("10.20.0.0/31").hasSize(3);
    assertThat(status().total()).isEqualTo(4);
  }

  @Test
  void whoExistsKeepsItsAddressAlthoughNobodyHasHeardOfIt() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    attachment(client, name, "db", name);
    keeper.hear().keep(name);
    Map<String, AddressHolder> before = holders(client, name);

    keeper.hearNothing().later().keep(name);

    assertThat(before).hasSize(1);
    assertThat(holders(client, name)).isEqualTo(before);
  }

  @Test
  void whatIsRecordedForNobodyIsTakenBack() throws InterruptedException {
    pool(client, name, "10.10.0.0/24", "10.20.0.0/24");
    NetworkAttachment attachment = attachment(client, name, "db", name);
    keeper.hear().keep(name);
    String uid = attachment.getMetadata().getUid();
    editHolders(holders -> {
      // Of one that never was, of an earlier one of the name, and one too many.
      holders.put("10.10.0.50", new AddressHolder(name + "/gone", "u-1", null));
      holders.put("10.10.0.51", new AddressHolder(name + "/db", "u-2", null));
      holders.put("10.10.0.52", new AddressHolder(name + "/db", uid, null));
    });

    keeper.hear().later().keep(name);

    assertThat(holders(client, name).keySet()).containsExactly("10.10.0.1");
    assertThat(keeper.count("released")).isEqualTo(3);
  }

  @Test
  void whatWasGivenStaysGivenAlthoughSomebodyDeletesItsBlock() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    attachment(client, name, "a", name);
    attachment(client, name, "b", name);
    keeper.hear().keep(name);
    Map<String, AddressHolder> before = holders(client, name);

    client.resources(AddressBlock.class).withName(name + "-0a0a0000").delete();
    NetworkAttachment late = attachment(client, name, "c", name);
    // It has not heard of that when it wants to write the block.
    keeper.hearAttachments().keep(name);

    assertThat(before).hasSize(2);
    assertThat(holders(client, name)).containsAllEntriesOf(before).hasSize(3);
    assertThat(assigned(client, late).addresses()).containsExactly("10.10.0.3/24");
  }

  @Test
  void whatWasGivenStaysGivenAlthoughSomebodyTakesItOutOfItsBlock() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    attachment(client, name, "a", name);
    attachment(client, name, "b", name);
    keeper.hear().keep(name);
    Map<String, AddressHolder> before = holders(client, name);

    editHolders(holders -> holders.remove("10.10.0.1"));
    keeper.hear().keep(name);

    assertThat(holders(client, name)).isEqualTo(before);
    editHolders(holders -> holders.remove("10.10.0.2"));
    NetworkAttachment late = attachment(client, name, "c", name);
    // It has not heard of that when it wants to write the block.
    keeper.hearAttachments().keep(name);
    assertThat(holders(client, name)).containsAllEntriesOf(before).hasSize(3);
    assertThat(assigned(client, late).addresses()).containsExactly("10.10.0.3/24");
  }

  @Test
  void nothingIsGivenWhileTheGatewayIsThatOfAnAttachment() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment first = attachment(client, name, "a", name);
    keeper.hear().keep(name);
    gateway("10.10.0.1");
    NetworkAttachment late = attachment(client, name, "b", name);

    keeper.hear().later().keep(name);

    assertThat(assigned(client, late)).isNull();
    assertThat(assigned(client, first).addresses()).containsExactly("10.10.0.1/24");
    assertThat(ready(status().conditions()).message())
        .isEqualTo(
            "the gateway 10.10.0.1 of 10.10.0.0/24 is that of %s/a; delete that attachment, or"
                    .formatted(name)
                + " write another gateway");
    assertThat(status().used()).isEqualTo(1);
    gateway("10.10.0.254");
    keeper.hear().later().keep(name);
    assertThat(assigned(client, late).addresses()).containsExactly("10.10.0.2/24");
  }

  private void gateway(String gateway) {
    client
        .resources(AddressPool.class)
        .withName(name)
        .edit(found -> {
          found.setSpec(
              new AddressPoolSpec(
                  List.of(new AddressRange("10.10.0.0/24", null, null, gateway, List.of()))));
          return found;
        });
  }

  @Test
  void whatOneWasGivenThatCannotBeReadHoldsUpNobody() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = attachment(client, name, "db", name);
    NetworkAttachment stranger = client.resource(attachment).get();
    stranger.getMetadata().setUid("u-1");
    stranger.setStatus(
        new NetworkAttachmentStatus(
            null,
            List.of(),
            new AssignedAddresses(name, List.of("x"), List.of()),
            null,
            null,
            null,
            null,
            null));

    keeper.hear().hear(stranger).keep(name);

    assertThat(assigned(client, attachment).addresses()).containsExactly("10.10.0.1/24");
  }

  @Test
  void nobodyIsGivenWhatIsInABlockThatCannotBeRead() throws InterruptedException {
    pool(client, name, "10.10.0.0/23");
    attachment(client, name, "a", name);
    keeper.hear().keep(name);
    editHolders(holders -> holders.put("ten", new AddressHolder(name + "/x", "u-1", null)));
    NetworkAttachment late = attachment(client, name, "b", name);

    // It has not heard of that when it wants to write the block.
    keeper.hearAttachments().later().keep(name);

    assertThat(assigned(client, late).addresses()).containsExactly("10.10.1.0/23");
    assertThat(ready(status().conditions()).message())
        .contains("AddressBlock " + name + "-0a0a0000; put it right");
    // So that the pool is neither narrowed nor deleted.
    assertThat(status().used()).isEqualTo(2);
    assertThat(status().ranges().getFirst().used()).isEqualTo(2);
    assertThat(status().inUse())
        .startsWith("nobody knows whose those of AddressBlock " + name + "-0a0a0000 are");
  }

  @Test
  void aBlockThatHoldsNothingIsDeleted() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = attachment(client, name, "db", name);
    keeper.hear().keep(name);
    assertThat(client.resources(AddressBlock.class).withName(name + "-0a0a0000").get()).isNotNull();

    client.resource(attachment).delete();
    keeper.keeper().departed(attachment);
    keeper.hear().keep(name);

    assertThat(client.resources(AddressBlock.class).withName(name + "-0a0a0000").get()).isNull();
  }

  private NetworkAttachmentSet set() {
    return PoolObjects.set(client, name);
  }

  private NetworkAttachment ofPod(NetworkAttachmentSet set, String pod, String uid) {
    return ofPod(set, "web-" + pod, pod, uid);
  }

  private NetworkAttachment ofPod(
      NetworkAttachmentSet set, String attachmentName, String pod, String uid) {
    return PoolObjects.ofPod(client, set, name, attachmentName, pod, uid);
  }

  @Test
  void aPodThatComesAgainHasTheAddressItHadForAsLongAsItsSetExists() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachmentSet set = set();
    NetworkAttachment first = ofPod(set, "db-0", "u-1");
    keeper.hear().keep(name);
    NetworkAttachment second = ofPod(set, "db-1", "u-2");
    keeper.hear().keep(name);
    assertThat(assigned(client, second).addresses()).containsExactly("10.10.0.2/24");

    client.resource(first).delete();
    client.resource(second).delete();
    NetworkAttachment other = attachment(client, name, "other", name);
    // Whether its going was heard of or not.
    keeper.keeper().departed(first);
    NetworkAttachment again = ofPod(set, "db-1", "u-3");
    keeper.hear().keep(name);

    assertThat(assigned(client, again).addresses()).containsExactly("10.10.0.2/24");
    assertThat(assigned(client, other).addresses()).containsExactly("10.10.0.3/24");
    assertThat(holders(client, name).get("10.10.0.1"))
        .isEqualTo(
            new AddressHolder(
                name + "/web-db-0", null, name + "/" + set.getMetadata().getUid() + "/db-0"));
    keeper.hear().later().keep(name);
    assertThat(status().used()).isEqualTo(2);

    client.resource(again).delete();
    client.resource(set).delete();
    keeper.hear().later().keep(name);
    assertThat(holders(client, name)).containsOnlyKeys("10.10.0.3");
  }

  @Test
  void whatTwoHaveRecordedForOnePodIsKeptOnce() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = ofPod(set(), "db-0", "u-1");
    keeper.hear().keep(name);
    editHolders(holders -> holders.put("10.10.0.52", holders.get("10.10.0.1")));

    keeper.hear().later().keep(name);

    assertThat(assigned(client, attachment).addresses()).containsExactly("10.10.0.1/24");
    assertThat(holders(client, name)).containsOnlyKeys("10.10.0.1");
  }

  @Test
  void aPodThatComesAgainWaitsForTheAddressThatItsPredecessorStillHolds()
      throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachmentSet set = set();
    NetworkAttachment former = ofPod(set, "db-0", "u-1");
    keeper.hear().keep(name);
    client
        .resources(NetworkAttachment.class)
        .inNamespace(name)
        .withName("web-db-0")
        .edit(each -> each.addFinalizer(NetworkAttachment.FINALIZER) ? each : each);
    client.resource(former).delete();
    NetworkAttachment again = ofPod(set, "web-db-0-again", "db-0", "u-2");
    NetworkAttachment other = ofPod(set, "db-1", "u-3");

    keeper.hear().keep(name);

    assertThat(assigned(client, again)).isNull();
    assertThat(assigned(client, other).addresses()).containsExactly("10.10.0.2/24");
    assertThat(keeper.next()).hasValueSatisfying(next -> assertThat(next).isPositive());
    client
        .resources(NetworkAttachment.class)
        .inNamespace(name)
        .withName("web-db-0")
        .edit(each -> each.removeFinalizer(NetworkAttachment.FINALIZER) ? each : each);
    keeper.keeper().departed(former);
    keeper.hear().keep(name);
    assertThat(assigned(client, again).addresses()).containsExactly("10.10.0.1/24");
  }

  @Test
  void nobodyHasWhatIsKeptForASetOfAnotherNamespace() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachmentSet set = set();
    NetworkAttachment first = ofPod(set, "db-0", "u-1");
    keeper.hear().keep(name);
    client.resource(first).delete();
    keeper.keeper().departed(first);
    keeper.hear().keep(name);
    namespace(client, name + "-b");
    NetworkAttachment stranger =
        attachment(name + "-b", "web-db-0", name, new Target(null, new PodTarget("db-0", "u-2")));
    stranger.getMetadata().setOwnerReferences(first.getMetadata().getOwnerReferences());
    client.resource(stranger).create();

    keeper.hear().keep(name);

    assertThat(given(client, name + "-b")).containsExactly("10.10.0.2/24");
    attachments(client, name + "-b").forEach(each -> client.resource(each).delete());
  }

  @Test
  void aPodWhoseUidOrNodeIsNotKnownWaits() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment attachment = ofPod(set(), "db-0", null);
    NetworkAttachment never =
        attachment(name, "never", name, new Target(null, new PodTarget("db-1", "u-1")));
    NetworkAttachmentSpec spec = never.getSpec();
    never.setSpec(new NetworkAttachmentSpec(null, spec.target(), spec.container(), spec.host()));
    client.resource(never).create();

    keeper.hear().keep(name);

    assertThat(assigned(client, attachment)).isNull();
    assertThat(assigned(client, never)).isNull();
    assertThat(holders(client, name)).isEmpty();
  }

  @Test
  void oneThatIsDeletedWaitsForItsUsersAndGivesNothingNew() throws InterruptedException {
    pool(client, name, "10.10.0.0/24");
    NetworkAttachment user = attachment(client, name, "db", name);
    keeper.hear().keep(name);
    client
        .resources(AddressPool.class)
        .withName(name)
        .edit(pool -> pool.addFinalizer(AddressPool.FINALIZER) ? pool : pool);
    client.resources(AddressPool.class).withName(name).delete();
    NetworkAttachment late = attachment(client, name, "late", name);

    assertThat(keeper.hear().later().leave(name)).isFalse();

    assertThat(ready(status().conditions()))
        .satisfies(ready -> {
          assertThat(ready.reason()).isEqualTo("InUse");
          assertThat(ready.message()).contains("addresses of it: 1;");
        });
    assertThat(assigned(client, late)).isNull();
    client.resource(user).delete();
    keeper.keeper().departed(user);
    assertThat(keeper.hear().leave(name)).isTrue();
    assertThat(holders(client, name)).isEmpty();
    client
        .resources(AddressPool.class)
        .withName(name)
        .edit(pool -> pool.removeFinalizer(AddressPool.FINALIZER) ? pool : pool);
  }

  @Test
  void onesThatCannotBeUsedSaysSo() throws InterruptedException {
    pool(client, name, "10.10.0.0/16", "10.10.4.0/24");
    attachment(client, name, "db", name);

    keeper.hear().keep(name);

    assertThat(ready(status().conditions()))
        .satisfies(ready -> {
          assertThat(ready.reason()).isEqualTo("InvalidSpec");
          assertThat(ready.message()).startsWith("ranges 10.10.0.0/16 and 10.10.4.0/24 overlap");
        });
    assertThat(ready(attachments(client, name).getFirst().getStatus().conditions()).message())
        .startsWith("pool " + name + " gives nothing: ranges");
  }
}
