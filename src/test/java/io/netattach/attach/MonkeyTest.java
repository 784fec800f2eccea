package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Somebody makes links and namespaces by just the names that an attachment wants, at any moment of
 * its being attached and detached, and each of them stays as it was made until its maker takes it
 * away.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class MonkeyTest {
  private static final int ROUNDS = Integer.getInteger("netattach.monkey.rounds", 40);
  private static final long SEED = Long.getLong("netattach.seed", System.nanoTime());
  private static final Attachments DESIRED =
      attachment("a").hostName("veth-db").addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24");

  private final Random random = new Random(SEED);
  private final List<Throwable> thefts = new ArrayList<>();
  private TestNode node;
  private volatile boolean over;

  @BeforeEach
  void aFreshNode() {
    node = new TestNode();
  }

  @AfterEach
  void away() {
    node.close();
  }

  @Test
  void whatTakesOurNamesStaysAsItWasMade() throws InterruptedException {
    State bare = node.state();
    node.attach(DESIRED);
    State clean = node.state("blue").unnumbered();
    node.detach(DESIRED);
    Thread monkey = Thread.ofPlatform().daemon().name("monkey").start(this::makeThings);

    int attached = 0;
    int refused = 0;
    while (!over) {
      try {
        node.attach(DESIRED);
        attached++;
      } catch (AttachException e) {
        // A name was taken, or a namespace went in the middle of it.
        refused++;
      }
      node.attacher.detach(DESIRED.identity(), DESIRED.get().target().netns(), Reclaim.DELETE);
    }
    monkey.join();

    assertThat(thefts).as("-Dnetattach.seed=%d", SEED).isEmpty();
    System.out.printf(
        "monkey: %d things made by our names, none changed; attached %d times, refused %d%n",
        ROUNDS, attached, refused);
    assertThat(refused).isPositive();
    node.attach(DESIRED);
    node.state("blue").unnumbered().isSameAs(clean);
    node.detach(DESIRED);
    node.state().isSameAs(bare);
  }

  private void makeThings() {
    try {
      for (int made = 0; made < ROUNDS; ) {
        made += (random.nextBoolean() ? hasMadeLink() : hasMadeNamespace()) ? 1 : 0;
      }
    } catch (AssertionError | RuntimeException e) {
      thefts.add(e);
    } finally {
      over = true;
    }
  }

  private boolean hasMadeLink() {
    String mac = String.format("02:00:00:00:%02x:%02x", random.nextInt(256), random.nextInt(256));
    if (!succeeds("link add veth-db address " + mac + " type veth peer name its-peer")) {
      return false;
    }
    String asMade = node.link("veth-db").toString();
    rest();
    assertThat(node.link("veth-db").toString()).isEqualTo(asMade);
    node.ip("link delete veth-db");
    return true;
  }

  /** Others may attach to it, but neither mark nor delete it. */
  private boolean hasMadeNamespace() {
    if (!succeeds("netns add blue")) {
      return false;
    }
    String show = "stat -L -c %i /run/netns/blue; ip -n blue link show lo";
    String asMade = node.shell(show);
    rest();
    assertThat(node.shell(show)).isEqualTo(asMade);
    node.ip("netns delete blue");
    return true;
  }

  private boolean succeeds(String command) {
    try {
      node.ip(command);
      return true;
    } catch (AssertionError e) {
      // Ours is there.
      return false;
    }
  }

  private void rest() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
  }
}
