package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import io.netattach.attach.LinkGroupDeletion.Member;
import io.netattach.netlink.Errno;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Rtnetlink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is removed together goes together, and nothing else with it. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class GatheredDetachTest {
  private static final int GROUP = 70_000;

  private TestNode node;

  @BeforeEach
  void aFreshNode() {
    node = new TestNode();
  }

  @AfterEach
  void away() {
    node.close();
  }

  @Test
  void allOfManyAreGoneAndWhatOthersHaveStays() {
    node.shell(
        "ip link add br0 type bridge; ip link add v0 group 7 type veth peer name v1;"
            + " ip netns add theirs");
    State before = node.state();
    List<Attachments> all = attached(40);

    List<DetachResult> results = detachAll(all);

    assertThat(results)
        .extracting(result -> ((DetachResult.Done) result).detached())
        .containsOnly(new Detached(true, true, List.of()));
    assertThat(results)
        .extracting(result -> result.identity())
        .containsExactlyElementsOf(all.stream().map(Attachments::identity).toList());
    node.state().isSameAs(before);
  }

  @Test
  void whatIsGoneAlreadyIsNoErrorAmongOthers() {
    List<Attachments> all = new ArrayList<>(attached(6));
    node.detach(all.get(2));
    all.add(attachment("never").into("n-never"));

    assertThat(detachAll(all))
        .extracting(result -> ((DetachResult.Done) result).detached().link())
        .containsExactly(true, true, false, true, true, true, false);
    assertThat(node.json("link show")).hasSize(1);
  }

  @Test
  void oneOfAnotherOwnerFailsAloneAndStays() {
    List<Attachments> all = attached(5);
    Attachments foreign = attachment("foreign").into("n-foreign");
    Ownership other = new Ownership(new Owner("another-cluster"), false);
    try (Attacher theirs = node.attacher(NodePolicy.defaults(), other)) {
      theirs.attach(foreign.get());
      JsonNode before = node.link(foreign.host());

      List<DetachResult> results =
          detachAll(Stream.concat(all.stream(), Stream.of(foreign)).toList());

      assertThat(results.subList(0, 5)).allMatch(DetachResult.Done.class::isInstance);
      assertThat(results.getLast())
          .isInstanceOfSatisfying(
              DetachResult.Failed.class,
              failed -> assertThat(failed.failure().reason()).isEqualTo(Reason.CONFLICT));
      assertThat(node.link(foreign.host())).isEqualTo(before);
      theirs.detach(foreign.get());
    }
    assertThat(node.json("link show")).hasSize(1);
  }

  @Test
  void severalThreadsThatDetachAtTheSameTimeAllFindTheirsGone() throws Exception {
    List<Attachments> all = attached(24);
    try (var threads = Executors.newFixedThreadPool(all.size())) {
      List<Callable<Detached>> jobs =
          all.stream().<Callable<Detached>>map(each -> () -> node.detach(each)).toList();
      for (Future<Detached> detached : threads.invokeAll(jobs)) {
        assertThat(detached.get()).isEqualTo(new Detached(true, true, List.of()));
      }
    }
    assertThat(node.json("link show")).hasSize(1);
    assertThat(node.ip("netns list")).isBlank();
  }

  @Test
  void aLinkOfOthersThatIsInTheGroupCallsItOff() {
    List<Attachments> all = attached(5);
    node.ip("link add theirs group " + GROUP + " type veth peer name their-peer");
    JsonNode before = node.link("theirs");

    assertThat(deleteAsGroup(members(all))).containsOnlyNulls().hasSize(5);

    assertThat(node.link("theirs")).isEqualTo(before);
    assertThat(node.json("link show")).hasSize(3);
    detachAll(all);
  }

  @Test
  void aLinkThatLostItsMarkInBetweenStaysAndTheOthersGo() {
    List<Attachments> all = attached(5);
    List<Member> members = members(all);
    node.ip("link property del dev " + all.get(3).host() + " altname netattach-u3");
    JsonNode before = node.link(all.get(3).host());

    var errors = deleteAsGroup(members);

    assertThat(errors.remove(3)).matches(error -> error != null && error.is(Errno.ENODEV));
    assertThat(errors).containsOnlyNulls();
    assertThat(node.link(all.get(3).host())).isEqualTo(before);
    assertThat(node.json("link show")).hasSize(2);
    node.ip("link del " + all.get(3).host());
    detachAll(all);
  }

  @Test
  void oneOfFewThatLostItsMarkInBetweenStays() {
    List<Attachments> one = attached(1);
    List<Member> members = members(one);
    node.ip("link property del dev " + one.getFirst().host() + " altname netattach-u0");

    assertThat(deleteAsGroup(members))
        .singleElement()
        .matches(error -> error != null && error.is(Errno.ENODEV));

    assertThat(node.hasLink(one.getFirst().host())).isTrue();
    node.ip("link del " + one.getFirst().host());
    detachAll(one);
  }

  @Test
  void whoeverWaitsForOneThatThrowsIsTold() throws Exception {
    List<Identity> all = attached(12).stream().map(Attachments::identity).toList();
    CountDownLatch othersWait = new CountDownLatch(1);
    AtomicInteger turns = new AtomicInteger();
    IntSupplier group =
        () -> {
          await(othersWait);
          if (turns.incrementAndGet() == 2) {
            throw new IllegalStateException("thrown on purpose");
          }
          return GROUP;
        };
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    Rtnetlink links = Rtnetlink.open(node.netns);
    try (PairDeletions deletions =
        new PairDeletions(
            links,
            new Ownership(TestNode.OWNER, false),
            own -> new LinkGroupDeletion(own, group))) {
      List<Thread> threads = new ArrayList<>();
      for (int from = 0; from < all.size(); from += 4) {
        List<Identity> some = all.subList(from, from + 4);
        Thread thread = Thread.ofPlatform().daemon().unstarted(() -> deletions.deleteAll(some));
        thread.setUncaughtExceptionHandler((same, e) -> failures.add(e));
        thread.start();
        awaitThat(() -> thread.getState() == Thread.State.WAITING);
        threads.add(thread);
      }
      othersWait.countDown();
      awaitThat(() -> threads.stream().noneMatch(Thread::isAlive));
    }
    assertThat(failures)
        .extracting(Throwable::getMessage)
        .satisfiesExactlyInAnyOrder(
            message -> assertThat(message).isEqualTo("thrown on purpose"),
            message -> assertThat(message).contains("nobody deleted the veth of"));
    node.attacher.detachAll(attachments(12).stream().map(Attachments::get).toList());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitThat(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(TestNode.PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(condition);
  }

  @Test
  void theKernelsAnswerIsToldForEach() {
    List<Attachments> all = attached(5);
    List<Member> members = members(all);
    node.ip("link del " + all.get(1).host());

    var errors = deleteAsGroup(members);

    assertThat(errors.remove(1)).matches(error -> error != null && error.is(Errno.ENODEV));
    assertThat(errors).containsOnlyNulls();
    assertThat(node.json("link show")).hasSize(1);
    detachAll(all);
  }

  private List<@Nullable NetlinkException> deleteAsGroup(List<Member> members) {
    try (Rtnetlink links = Rtnetlink.open(node.netns)) {
      return new ArrayList<>(new LinkGroupDeletion(links, () -> GROUP).delete(members));
    }
  }

  private List<Member> members(List<Attachments> all) {
    return all.stream()
        .map(each ->
            new Member(
                node.link(each.host()).path("ifindex").asInt(),
                Mark.altname(each.identity().uid())))
        .toList();
  }

  private List<Attachments> attached(int count) {
    List<Attachments> all = attachments(count);
    all.forEach(node::attach);
    return all;
  }

  private static List<Attachments> attachments(int count) {
    return IntStream.range(0, count).mapToObj(i -> attachment("u" + i).into("n" + i)).toList();
  }

  private List<DetachResult> detachAll(List<Attachments> all) {
    return node.attacher.detachAll(all.stream().map(Attachments::get).toList());
  }
}
