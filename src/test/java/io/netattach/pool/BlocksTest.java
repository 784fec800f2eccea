package io.netattach.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.api.AddressBlock;
import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is known of blocks, whoever told it in what order. */
class BlocksTest {
  private static final PoolAddress ADDRESS = PoolAddress.parse("10.10.0.7");

  private final Blocks blocks = new Blocks();

  private static AddressBlock block(String version, Map<String, AddressHolder> holders) {
    AddressBlock block = new AddressBlock();
    block.getMetadata().setName("blue-0a0a0000");
    block.getMetadata().setResourceVersion(version);
    block.setSpec(new AddressBlockSpec("blue", "10.10.0.0", holders));
    return block;
  }

  private static AddressHolder holder(String uid) {
    return new AddressHolder("shop/db", uid, "set/db-0");
  }

  @Test
  void whoHasWhatIsFoundByBothNames() {
    blocks.put(block("7", Map.of("10.10.0.7", holder("a"))));

    assertThat(blocks.ofUid("blue", "a")).containsExactly(ADDRESS);
    assertThat(blocks.keptFor("blue", "set/db-0")).containsExactly(ADDRESS);
    assertThat(blocks.ofUid("red", "a")).isEmpty();
    assertThat(blocks.users("blue")).isEqualTo(1);
  }

  @Test
  void whatIsHeardLateDoesNotUndoWhatWasWritten() {
    blocks.put(block("100", Map.of("10.10.0.7", holder("b"))));

    blocks.put(block("99", Map.of("10.10.0.7", holder("a"))));

    assertThat(blocks.ofUid("blue", "a")).isEmpty();
    assertThat(blocks.ofUid("blue", "b")).containsExactly(ADDRESS);
  }

  @Test
  void nothingIsLeftOfOneThatIsGone() {
    blocks.put(block("7", Map.of("10.10.0.7", holder("a"))));
    blocks.put(block("8", Map.of("10.10.0.8", holder("b"))));

    blocks.forget("blue-0a0a0000");

    assertThat(blocks.ofUid("blue", "b")).isEmpty();
    assertThat(blocks.keptFor("blue", "set/db-0")).isEmpty();
    assertThat(blocks.pools()).isEmpty();
  }

  @Test
  void whatNoControllerWouldWriteIsNotBelieved() {
    AddressBlock stranger = block("8", Map.of("10.10.0.7", holder("a")));
    stranger.getMetadata().setName("green");
    blocks.put(stranger);

    assertThat(blocks.pools()).isEmpty();
  }

  @Test
  void oneThatCannotBeReadIsClosed() {
    blocks.put(block("7", Map.of("10.10.0.7", holder("a"), "10.99.0.7", holder("b"))));

    assertThat(blocks.of("blue").get(ADDRESS.block())).extracting(Block::isClosed).isEqualTo(true);
    assertThat(blocks.ofUid("blue", "a")).isEmpty();
    assertThat(blocks.users("blue")).as("it may have some").isEqualTo(1);
    blocks.put(block("8", Map.of("10.10.0.7", holder("a"))));
    assertThat(blocks.of("blue").get(ADDRESS.block())).extracting(Block::isClosed).isEqualTo(false);
    assertThat(blocks.ofUid("blue", "a")).containsExactly(ADDRESS);
  }

  @Test
  void whatSomebodyElseTakesOutIsAskedFor() {
    blocks.hear(block("7", Map.of("10.10.0.7", holder("a"), "10.10.0.8", holder("b"))));
    assertThat(blocks.isRobbed("blue")).isFalse();

    blocks.hear(block("8", Map.of("10.10.0.8", holder("b"))));

    assertThat(blocks.takeRobbed("blue")).isTrue();
    assertThat(blocks.isRobbed("blue")).isFalse();
  }

  /** The watch may be quicker than the answer. */
  @Test
  void whatIsTakenOutHereIsNot() {
    blocks.hear(block("7", Map.of("10.10.0.7", holder("a"), "10.10.0.8", holder("b"))));

    blocks.writing("blue-0a0a0000");
    blocks.hear(block("8", Map.of("10.10.0.8", holder("b"))));
    blocks.put(block("8", Map.of("10.10.0.8", holder("b"))));
    blocks.wrote("blue-0a0a0000", true);

    assertThat(blocks.isRobbed("blue")).isFalse();
  }

  @Test
  void whatSomebodyElseTakesOutWhileItIsWrittenHereIsAskedFor() {
    blocks.hear(block("7", Map.of("10.10.0.7", holder("a"), "10.10.0.8", holder("b"))));

    blocks.writing("blue-0a0a0000");
    blocks.hear(block("8", Map.of("10.10.0.8", holder("b"))));
    blocks.wrote("blue-0a0a0000", false);

    assertThat(blocks.isRobbed("blue")).isTrue();
  }
}
