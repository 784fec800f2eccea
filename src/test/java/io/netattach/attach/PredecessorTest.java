package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who counts as the one that was there before under the same name, and who never does. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class PredecessorTest {
  private static final Identity OLD = new Identity("a", "shop", "db");
  private static final Attachments SUCCESSOR = attachment("b").of("shop", "db");

  private final TestNode node = new TestNode();

  @AfterEach
  void away() {
    node.close();
  }

  private void isNotFor(Attachments desired) {
    assertThat(node.attacher.predecessor(desired.get())).isEmpty();
  }

  @Test
  void oneOfTheSameNameIsFoundByEitherEnd() {
    node.attach(attachment("a").of("shop", "db").hostName("veth-db"));

    assertThat(node.attacher.predecessor(SUCCESSOR.hostName("veth-db").into("red").get()))
        .contains(OLD);
    assertThat(node.attacher.predecessor(SUCCESSOR.get())).contains(OLD);
  }

  @Test
  void oneThatIsNotInTheWayIsNot() {
    node.attach(attachment("a").of("shop", "db"));

    isNotFor(SUCCESSOR.into("red"));
    isNotFor(attachment("a").of("shop", "db"));
  }

  @Test
  void oneOfAnotherNameIsNot() {
    node.attach(attachment("a").of("shop", "db").hostName("veth-db"));

    isNotFor(attachment("b").of("shop", "other").hostName("veth-db"));
    isNotFor(attachment("b").of("store", "db").hostName("veth-db"));
  }

  @Test
  void oneOfAnotherOwnerIsNot() {
    Ownership other = new Ownership(new Owner("another"), false);
    try (Attacher attacher = node.attacher(NodePolicy.defaults(), other)) {
      attacher.attach(attachment("a").of("shop", "db").hostName("veth-db").get());
    }

    isNotFor(SUCCESSOR.hostName("veth-db"));
  }

  @Test
  void oneWhoseMarkMayBeCutIsNot() {
    String name = "n".repeat(250);
    node.attach(attachment("a").of("shop", name).hostName("veth-db"));

    isNotFor(attachment("b").of("shop", name).hostName("veth-db"));
    isNotFor(attachment("b").of("shop", name + "x").hostName("veth-db"));
  }

  @Test
  void linksOfOthersAreNotWhateverTheirNamesAndTexts() {
    node.attach(attachment("c").of("shop", "other"));
    node.shell(
        """
        ip link add veth-db type veth peer name veth-peer
        ip link set veth-db alias 'netattach %s shop/db'
        """
            .formatted(TestNode.OWNER));
    isNotFor(SUCCESSOR.hostName("veth-db"));

    node.ip("link property add dev veth-db altname netattach-no_uid");
    isNotFor(SUCCESSOR.hostName("veth-db"));
  }
}
