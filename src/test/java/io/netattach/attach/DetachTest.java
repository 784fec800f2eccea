package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netattach.NoLeftovers;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What goes with an attachment, what stays, and where it goes when its target is another one. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class DetachTest {
  private static final Attachments DB =
      attachment("a").addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24");

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
  void thePairAndTheNamespaceThatWasMadeForItGo() {
    State before = node.state();
    node.attach(DB);

    Detached detached = node.detach(DB);

    assertThat(detached).isEqualTo(new Detached(true, true, List.of()));
    node.state().isSameAs(before);
  }

  @Test
  void whatIsGoneAlreadyIsNoError() {
    assertThat(node.detach(DB)).isEqualTo(new Detached(false, false, List.of()));

    node.attach(DB);
    node.ip("link delete " + DB.host());
    assertThat(node.detach(DB)).isEqualTo(new Detached(false, true, List.of()));

    node.attach(DB);
    node.ip("netns delete blue");
    node.detach(DB);
    assertThat(node.hasLink(DB.host())).isFalse();
    assertThat(node.detach(DB)).isEqualTo(new Detached(false, false, List.of()));
  }

  @Test
  void aNamespaceOfTwoAttachmentsGoesWithTheLast() {
    Attachments other = attachment("b").as("net2");
    node.attach(DB);
    node.attach(other);

    assertThat(node.detach(DB)).isEqualTo(new Detached(true, false, List.of("net2")));
    node.isAttached(other);
    assertThat(node.detach(other)).isEqualTo(new Detached(true, true, List.of()));
  }

  @Test
  void aNamespaceToBeRetainedStays() {
    node.attach(DB.retain());

    assertThat(node.detach(DB.retain())).isEqualTo(new Detached(true, false, List.of()));
    assertThat(node.hasNetns("blue")).isTrue();

    // It is still ours: attached again and to be deleted, it goes.
    node.attach(DB);
    assertThat(node.detach(DB).netns()).isTrue();
  }

  @Test
  void aNamespaceThatSomebodyElseMadeStays() {
    node.ip("netns add blue");
    node.attach(DB);

    assertThat(node.detach(DB)).isEqualTo(new Detached(true, false, List.of()));
    assertThat(node.hasNetns("blue")).isTrue();
  }

  @Test
  void aNamespaceThatHoldsALinkOfOthersStaysAndTheLinkIsTold() {
    node.attach(DB);
    node.ip("-n blue link add foreign type veth peer name its-peer");

    assertThat(node.detach(DB))
        .satisfies(detached -> {
          assertThat(detached.netns()).isFalse();
          assertThat(detached.occupants()).containsExactlyInAnyOrder("foreign", "its-peer");
        });
    assertThat(node.link("blue", "foreign")).isNotNull();
  }

  /** As the kernel makes them in each new namespace once their module is there. */
  @Test
  void tunnelsOfTheKernelAreNobodysLinks() {
    node.attach(DB);
    node.ip("-n blue link add tunl0 type veth peer name sit0");

    assertThat(node.detach(DB).netns()).isTrue();
  }

  @Test
  void aNamespaceOfAnotherKubernetesNamespaceStays() {
    NodePolicy shared = new NodePolicy(null, List.of(), List.of(), true);
    try (Attacher attacher = node.attacher(shared, new Ownership(TestNode.OWNER, false))) {
      node.attach(DB);
      Attachments guest = attachment("b").of("other", "guest").as("net2");
      attacher.attach(guest.get());
      node.ip("link delete " + DB.host());

      assertThat(attacher.detach(guest.get())).isEqualTo(new Detached(true, false, List.of()));
      assertThat(node.detach(DB).netns()).isTrue();
    }
  }

  @Test
  void withoutATargetOnlyThePairGoes() {
    node.attach(DB);

    assertThat(node.attacher.detach(DB.identity(), null, Reclaim.DELETE))
        .isEqualTo(new Detached(true, false, List.of()));
    assertThat(node.hasNetns("blue")).isTrue();
  }

  @Test
  void aLeftNamespaceIsInTheInventoryAndCanBeRemovedByItsMark() {
    node.attach(DB);
    node.ip("link delete " + DB.host());

    Inventory inventory = node.attacher.inventory();
    assertThat(inventory.attachments()).isEmpty();
    assertThat(inventory.namespaces())
        .singleElement()
        .satisfies(left -> {
          assertThat(left.name()).hasToString("blue");
          assertThat(node.attacher.detach(left).netns()).isTrue();
        });
    assertThat(node.hasNetns("blue")).isFalse();
  }

  @Test
  void theInventoryHasWhatIsOursAndNothingElse() {
    node.shell(
        """
        ip netns add blue
        ip netns add red
        ip link add foreign type veth peer name its-peer netns red
        ip link set foreign alias 'netattach o shop/foreign'
        ip -n red link set lo alias 'netattach a\tb shop/x'
        """);
    node.attach(DB);
    node.attach(attachment("b").into("green"));

    Inventory inventory = node.attacher.inventory();

    assertThat(inventory.attachments().stream().map(Inventory.Item::attachment))
        .containsExactly("shop/link-a", "shop/link-b");
    assertThat(inventory.attachments().getFirst())
        .satisfies(item -> {
          assertThat(item.uid()).isEqualTo("a");
          assertThat(item.netns()).isEqualTo(new NetnsName("blue"));
          assertThat(item.container()).isNotNull();
          assertThat(item.hostAddresses()).singleElement().hasFieldOrProperty("local");
        });
    assertThat(inventory.namespaces().stream().map(left -> left.name().value()))
        .containsExactly("green");
  }

  @Test
  void whatAnotherOwnerMadeIsAConflictAndStays() {
    node.attach(DB);
    Owner stranger = Owner.ofFolder(Path.of("/etc/netattach"));
    try (Attacher other = node.attacher(NodePolicy.defaults(), new Ownership(stranger, true))) {
      AttachException refusal =
          catchThrowableOfType(AttachException.class, () -> other.detach(DB.get()));

      assertThat(refusal.reason()).isEqualTo(Reason.CONFLICT);
      assertThat(refusal).hasMessageContaining("shop/link-a is attached by " + TestNode.OWNER);
      // Nor does its namespace go with the mark of the same attachment.
      node.ip("link delete " + DB.host());
      assertThat(other.detach(DB.get())).isEqualTo(new Detached(false, false, List.of()));
      assertThat(node.hasNetns("blue")).isTrue();
    }
  }

  @Test
  void whatAnotherFolderMadeGoesForAPerson() {
    Ownership there = new Ownership(Owner.ofFolder(Path.of("/a")), false);
    Ownership person = new Ownership(Owner.ofFolder(Path.of("/b")), true);
    try (Attacher maker = node.attacher(NodePolicy.defaults(), there);
        Attacher remover = node.attacher(NodePolicy.defaults(), person)) {
      maker.attach(DB.get());

      assertThat(remover.detach(DB.get())).isEqualTo(new Detached(true, true, List.of()));
    }
  }

  /** Its alternative name makes a pair ours, not any link. */
  @Test
  void aLinkThatIsNoPairStaysWhateverItIsCalled() {
    node.ip("link add br0 type bridge");
    node.ip("link property add dev br0 altname netattach-a");

    assertThat(node.detach(DB)).isEqualTo(new Detached(false, false, List.of()));
    assertThat(node.hasLink("br0")).isTrue();
  }

  /** The kernel takes names for alternative names, too. */
  @Test
  void aForeignPairThatIsNamedLikeAMarkStays() {
    node.ip("link add netattach-a type veth peer name its-peer");
    State before = node.state();

    assertThat(node.detach(DB)).isEqualTo(new Detached(false, false, List.of()));
    node.refuses(DB, Reason.CONFLICT);
    node.state().isSameAs(before);
  }

  @Test
  void anotherTargetMovesTheAttachment() {
    node.attach(DB);

    node.attach(DB.into("red"));

    assertThat(node.hasNetns("blue")).isFalse();
    assertThat(node.ip("-n red address show dev net1")).contains("10.10.0.2/24");
    node.isAttached(DB.into("red"));
    assertThat(node.detach(DB.into("red")).netns()).isTrue();
    assertThat(node.json("link show")).hasSize(1);
  }

  @Test
  void theOldNamespaceStaysWhereItIsToBeRetainedOrHoldsALinkOfOthersOrIsNotOurs() {
    node.attach(DB.retain());
    node.attach(DB.into("red"));
    assertThat(node.hasNetns("blue")).isTrue();

    node.ip("-n red link add foreign type veth peer name its-peer");
    node.attach(DB.into("green"));
    assertThat(node.hasNetns("red")).isTrue();

    node.ip("netns add black");
    node.attach(DB.into("black"));
    assertThat(node.hasNetns("green")).isFalse();
    node.attach(DB.into("white"));
    assertThat(node.hasNetns("black")).isTrue();
  }

  @Test
  void aNamespaceOfAnotherOwnersAttachmentOfThatNameStaysWhenOursMoves() {
    Ownership stranger = new Ownership(Owner.ofFolder(Path.of("/etc/netattach")), false);
    try (Attacher other = node.attacher(NodePolicy.defaults(), stranger)) {
      Attachments theirs = attachment("theirs").of("shop", "link-a").into("theirs");
      other.attach(theirs.get());
      node.ip("link delete " + theirs.host());

      node.attach(DB);
      node.attach(DB.into("red"));

      assertThat(node.hasNetns("theirs")).isTrue();
    }
  }

  @Test
  void aTargetThatCannotBeAttachedToLeavesTheOldOneAsItIs() {
    node.attach(DB);
    State before = node.state("blue");

    node.refuses(DB.into("red").existing(), Reason.TARGET_NOT_FOUND);

    node.state("blue").isSameAs(before);
  }

  @Test
  void aContainerEndThatWasTakenAwayIsBroughtBack() {
    node.attach(DB);
    State before = node.state("blue").unnumbered();

    node.shell("ip -n blue link set net1 netns $$");
    node.attach(DB);

    node.state("blue").unnumbered().isSameAs(before);

    node.ip("netns add red");
    node.ip("-n blue link set net1 netns red");
    node.attach(DB);

    node.state("blue").unnumbered().without("netns red").isSameAs(before);
    assertThat(node.json("-n red link show")).hasSize(1);
  }

  @Test
  void aNamespaceThatWasReplacedUnderItsNameIsAttachedToAgain() {
    node.attach(DB);
    State before = node.state("blue").unnumbered();

    node.ip("netns delete blue");
    node.attach(DB);
    node.state("blue").unnumbered().isSameAs(before);

    node.shell("ip netns delete blue; ip netns add blue");
    node.attach(DB);
    node.isAttached(DB);
    assertThat(node.link("blue", "lo").path("ifalias").asText()).isEmpty();
  }

  @Test
  void aMountPointOfOursThatLostItsNamespaceIsUsedAgainAndRemoved() throws Exception {
    node.attach(DB);
    node.shell("umount /run/netns/blue");
    assertThat(Files.readString(NetnsDirectory.system().path(new NetnsName("blue"))))
        .startsWith("netattach ");

    node.attach(DB);
    node.isAttached(DB);

    node.shell("umount /run/netns/blue");
    assertThat(node.detach(DB).netns()).isTrue();
    assertThat(node.hasNetns("blue")).isFalse();
  }

  @Test
  void manyAreDetachedAndNothingIsLeft() {
    for (int i = 0; i < 20; i++) {
      node.attach(
          attachment("u" + i)
              .into("n" + i % 3)
              .as("net" + i)
              .routes(route("10.20." + i + ".0/24")));
    }
    for (int i = 0; i < 20; i++) {
      node.detach(attachment("u" + i).into("n" + i % 3).as("net" + i));
    }

    assertThat(node.json("link show")).hasSize(1);
    assertThat(node.ip("netns list")).isBlank();
  }
}
