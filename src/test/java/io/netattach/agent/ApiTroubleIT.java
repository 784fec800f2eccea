package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.ApiProxy.Fate;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the API server does or fails to do, the agent keeps what is attached and catches up. */
@NeedsApiServer
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiTroubleIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** How often in a row a write of one kind meets with trouble. */
  private static final int TIMES = 2;

  private final ClusterNode node = new ClusterNode();
  private final ApiProxy proxy = node.proxy();
  private @Nullable Program program;

  @AfterAll
  void close() {
    if (program != null) {
      program.close();
    }
    proxy.close();
    node.close();
  }

  private Program agent() {
    if (program == null || !program.isRunning()) {
      program = node.agentBehind(proxy);
    }
    return program;
  }

  /** Whatever the test before came to. */
  @BeforeEach
  void clean() {
    proxy.judge(request -> new Fate.Passed());
    proxy.comeBack();
    agent();
    node.attachments().delete();
    try {
      await()
          .atMost(AgentSuite.PATIENCE)
          .until(() -> node.attachments().list().getItems().isEmpty());
    } catch (ConditionTimeoutException e) {
      agent().kill().exitCode();
      for (NetworkAttachment left : node.attachments().list().getItems()) {
        node.merge(left.getMetadata().getName(), "{\"metadata\":{\"finalizers\":null}}");
      }
    }
    Ip.here().shell("for l in $(ip -o link | grep -o 'veth-[a-z]*'); do ip link delete $l; done");
    Ip.here().shell("for n in $(ip netns list | cut -d' ' -f1); do ip netns delete $n; done");
    agent();
  }

  @AfterEach
  void itLives() {
    assertThat(agent().isLive()).isTrue();
  }

  /** One whose link and address are named after it. */
  private static NetworkAttachment attachment(String name) {
    return AgentSuite.simple(name, 1 + Math.floorMod(name.hashCode(), 250));
  }

  private void attach(String... names) {
    for (String name : names) {
      node.create(attachment(name));
    }
    for (String name : names) {
      node.awaitAttached(name);
    }
  }

  private static void drift(String name) {
    Ip.here().ip("link delete veth-" + name);
    await("repair of " + name)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Ip.here().hasLink("veth-" + name));
  }

  private void awaitRepairTold(String name) {
    await("word of the repair of " + name)
        .atMost(AgentSuite.PATIENCE)
        .until(() -> node.isTold(name, "Repaired"));
    assertThat(node.timesTold(name, "Repaired")).isEqualTo(1);
    NetworkAttachmentStatus status = node.awaitAttached(name);
    assertThat(status.lastRepair()).isNotNull();
    node.statusIsTrue(name);
  }

  @Test
  void whatHappensWhileItIsAwayIsMadeUpForAndTold() {
    attach("blue", "red", "grey");
    await().atMost(SOON).until(() -> node.isTold("grey", "Attached"));
    int before = agent().lines().size();

    proxy.goAway();
    drift("blue");
    drift("blue");
    node.create(attachment("green"));
    node.merge("red", "{\"spec\":{\"container\":{\"mtu\":1400}}}");
    node.attachment("grey").delete();
    // Long enough for what is tried again to be tried more than once.
    await().atMost(SOON).pollDelay(Duration.ofSeconds(6)).until(() -> agent().isLive());
    assertThat(agent().isReady()).isTrue();
    assertThat(agent().lines().subList(before, agent().lines().size()))
        .as("what is said while it is away")
        .hasSizeBetween(1, 19)
        .noneMatch(line -> line.startsWith("\tat ") || line.contains("Exception"));
    assertThat(node.timesTold("blue", "Repaired")).isZero();
    proxy.comeBack();

    await().atMost(SOON).until(() -> ClusterNode.isAttached(node.attachment("green").require()));
    node.awaitAttached("red");
    assertThat(Ip.here().link("veth-red").path("mtu").asInt()).isEqualTo(1400);
    node.awaitGone("grey");
    assertThat(Ip.here().hasLink("veth-grey")).isFalse();
    awaitRepairTold("blue");
    agent().awaitLine("the API server answers again");
  }

  @Test
  void aServerThatIsStartedAgainIsFoundAgain() {
    attach("blue", "grey");
    node.stopServer();
    drift("blue");
    node.startServer();

    node.attachment("grey").delete();
    attach("green");
    node.awaitGone("grey");
    awaitRepairTold("blue");
  }

  /** What a write meets with. */
  enum Trouble {
    CONFLICT(new Fate.Answered(409, 0)),
    TOO_MANY_REQUESTS(new Fate.Answered(429, 1)),
    INTERNAL_ERROR(new Fate.Answered(500, 0)),
    UNAVAILABLE(new Fate.Answered(503, 0)),
    ANSWER_LOST(new Fate.AnswerLost()),
    SLOWNESS(new Fate.Passed());

    final Fate fate;

    Trouble(Fate fate) {
      this.fate = fate;
    }
  }

  /** The attachments are named after the write with which there is trouble. */
  @ParameterizedTest
  @EnumSource
  void aWriteThatMeetsWithTroubleIsDoneInTheEndAndOnce(Trouble trouble) {
    AtomicInteger finalizers = new AtomicInteger();
    AtomicInteger statuses = new AtomicInteger();
    AtomicInteger events = new AtomicInteger();
    AtomicInteger removals = new AtomicInteger();
    proxy.judge(request -> {
      if (request.contains("/networkattachments/finalizer ")) {
        return fate(trouble, finalizers);
      } else if (request.contains("/networkattachments/status/status ")) {
        return fate(trouble, statuses);
      } else if (request.startsWith("POST ") && request.contains("/events ")) {
        return fate(trouble, events);
      }
      return new Fate.Passed();
    });
    attach("finalizer", "status", "event", "removal");
    if (trouble != Trouble.CONFLICT) {
      for (String name : List.of("finalizer", "status", "event", "removal")) {
        await(name).atMost(SOON).until(() -> node.isTold(name, "Attached"));
        assertThat(node.timesTold(name, "Attached")).as(name).isEqualTo(1);
        assertThat(node.timesTold(name, "Repaired")).as(name).isZero();
      }
    } else {
      // An event that is there already need not be written again.
      await("events").atMost(SOON).until(() -> events.get() >= 4);
    }
    assertThat(Ip.here().json("link show")).hasSize(5);

    int finalizersSet = finalizers.get();
    proxy.judge(request ->
        request.contains("/networkattachments/removal ")
            ? fate(trouble, removals)
            : new Fate.Passed());
    node.attachments().delete();
    for (String name : List.of("finalizer", "status", "event", "removal")) {
      node.awaitGone(name);
    }
    assertThat(Ip.here().json("link show")).hasSize(1);
    assertThat(finalizersSet).as("writes of a finalizer").isBetween(1, TIMES + 4);
    assertThat(statuses.get()).as("writes of a status").isBetween(1, TIMES + 2);
    assertThat(events.get()).as("writes of events").isBetween(4, 4 + TIMES);
    assertThat(removals.get()).as("removals of a finalizer").isBetween(1, TIMES + 4);
  }

  private static Fate fate(Trouble trouble, AtomicInteger writes) {
    if (writes.incrementAndGet() > TIMES) {
      return new Fate.Passed();
    }
    if (trouble == Trouble.SLOWNESS) {
      LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
    }
    return trouble.fate;
  }

  /** The server says so itself, of a version that it does not remember. */
  @Test
  void aWatchThatHasExpiredBeginsAnew() {
    AtomicInteger watches = new AtomicInteger();
    AtomicInteger lists = new AtomicInteger();
    attach("blue");
    proxy.judge(request -> {
      if (!request.contains("/networkattachments?")) {
        return new Fate.Passed();
      }
      if (!request.contains("watch=true")) {
        lists.incrementAndGet();
        return new Fate.Passed();
      }
      watches.incrementAndGet();
      return lists.get() > 0
          ? new Fate.Passed()
          : new Fate.PassedAs(request.replaceAll("resourceVersion=\\d+", "resourceVersion=1"));
    });
    proxy.cut();
    node.create(attachment("green"));
    node.attachment("blue").delete();

    node.awaitAttached("green");
    node.awaitGone("blue");
    // What is on the list is carried out while the next watch begins.
    await().atMost(SOON).until(() -> watches.get() >= 2);
    assertThat(lists.get()).isBetween(1, 3);
    assertThat(watches.get()).isBetween(2, 6);
  }

  /** Either the agent is there and cut off, or it is not there at all. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatIsMadeAgainUnseenTakesThePlaceOfItsPredecessor(boolean absent) {
    attach("blue");
    String uid = node.attachment("blue").require().getMetadata().getUid();
    proxy.goAway();
    if (absent) {
      agent().kill().exitCode();
    }
    node.merge("blue", "{\"metadata\":{\"finalizers\":null}}");
    node.attachment("blue").delete();
    node.awaitGone("blue");
    node.create(attachment("blue"));
    proxy.comeBack();
    agent();

    await().atMost(SOON).until(() -> ClusterNode.isAttached(node.attachment("blue").require()));
    node.statusIsTrue("blue");
    assertThat(Ip.here().json("link show")).hasSize(2);
    assertThat(Ip.here().ip("link show")).doesNotContain(uid);
    assertThat(node.timesTold("blue", "Conflict")).as(agent()::said).isZero();
  }

  @Test
  void whatCannotBeCarriedOutGoesAllTheSame() {
    Ip.here().ip("link add veth-taken type bridge");
    JsonNode taken = Ip.here().link("veth-taken");
    node.create(
        AgentSuite.edited(
            attachment("absent"), yaml -> yaml.replace("create: true", "create: false")));
    node.create(attachment("taken"));
    node.create(
        AgentSuite.edited(
            attachment("invalid"),
            yaml ->
                yaml.replace(
                    "interface: \"veth-invalid\"",
                    "interface: \"veth-invalid\"\n    bridge: {name: br-none}")));
    awaitReason("absent", "TargetNotFound"::equals);
    awaitReason("taken", "Conflict"::equals);
    awaitReason("invalid", reason -> List.of("InvalidSpec", "Refused").contains(reason));

    node.attachments().delete();

    await().atMost(SOON).until(() -> node.attachments().list().getItems().isEmpty());
    assertThat(Ip.here().link("veth-taken")).isEqualTo(taken);
    assertThat(Ip.here().json("link show")).hasSize(2);
    assertThat(Ip.here().ip("netns list")).isEmpty();
  }

  private void awaitReason(String name, Predicate<String> wanted) {
    await(name)
        .atMost(SOON)
        .until(() -> {
          NetworkAttachmentStatus status = node.attachment(name).require().getStatus();
          return status != null
              && Conditions.find(status.conditions(), Conditions.READY)
                  .filter(ready -> wanted.test(String.valueOf(ready.reason())))
                  .isPresent();
        });
  }
}
