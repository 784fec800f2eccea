package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many links, and many threads. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkScaleTest {
  private static final int PAIRS = 500;

  private Node node;
  private Rtnetlink kernel;

  @BeforeEach
  void makeANode() {
    node = new Node();
    kernel = node.kernel;
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private void addPairs() {
    // Without IPv6 of their own they are made in half the time.
    new Sysctl("net/ipv6/conf/default/disable_ipv6").set(node.netns, "1");
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      requests.add(new Veth(Node.end("a" + i, null), Node.end("b" + i, null)).request());
    }
    assertThat(kernel.executeAll(requests)).containsOnlyNulls();
  }

  @Test
  void aDumpOfAThousandLinksHasThemAllWhileOthersComeAndGo() throws Exception {
    addPairs();
    assertThat(kernel.links()).hasSize(2 * PAIRS + 1).doesNotHaveDuplicates();
    assertThat(node.ip.json("link show")).hasSize(2 * PAIRS + 1);

    Set<String> stable = kernel.links().stream().map(Link::name).collect(Collectors.toSet());
    // One change for each dump, at any time within it: constant change would make it an error.
    int dumps = 50;
    Semaphore change = new Semaphore(0);
    try (ExecutorService other = Executors.newSingleThreadExecutor();
        Rtnetlink changing = Rtnetlink.open(node.netns)) {
      Future<?> changer =
          other.submit(() -> {
            for (int i = 0; i < dumps; i++) {
              change.acquireUninterruptibly();
              int index = Veth.freshIndex();
              changing.execute(
                  new Veth(
                          new Veth.End(index, new InterfaceName("x"), null, 0, null),
                          Node.end("y", null))
                      .request());
              changing.execute(LinkRequest.delete(index));
            }
          });
      for (int i = 0; i < dumps; i++) {
        change.release();
        List<String> names = kernel.links().stream().map(Link::name).toList();
        assertThat(names).containsAll(stable).doesNotHaveDuplicates();
        assertThat(names.size()).isLessThanOrEqualTo(stable.size() + 2);
      }
      changer.get();
    }
  }

  @Test
  void manyThreadsShareAConnectionAndEachGetsItsOwnAnswers() throws Exception {
    int threads = 8;
    List<Callable<Void>> work = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      String name = "t" + thread;
      int index = node.veth(name, "p" + thread);
      int mine = thread;
      work.add(() -> {
        for (int round = 0; round < 40; round++) {
          int mtu = 1300 + mine * 10 + round % 10;
          String altname = name + "-" + round;
          assertThat(
                  kernel.executeAll(
                      List.of(
                          LinkRequest.set(index).mtu(mtu),
                          LinkRequest.addAltname(index, altname),
                          LinkRequest.delete((1 << 30) + mine))))
              .satisfiesExactly(
                  first -> assertThat(first).isNull(),
                  second -> assertThat(second).isNull(),
                  third ->
                      assertThat(third)
                          .isNotNull()
                          .hasMessageContaining("delete link " + ((1 << 30) + mine)));
          assertThat(kernel.linkByAltname(altname).orElseThrow())
              .matches(link -> link.name().equals(name) && link.mtu() == mtu);
          assertThat(kernel.link(new InterfaceName("none" + mine))).isEmpty();
          assertThat(kernel.links()).hasSize(2 * threads + 1);
          kernel.execute(LinkRequest.deleteAltname(index, altname));
        }
        return null;
      });
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (Future<Void> each : executor.invokeAll(work)) {
        each.get();
      }
    }
  }
}
