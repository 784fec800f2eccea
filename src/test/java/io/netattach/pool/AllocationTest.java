package io.netattach.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.api.AddressBlock;
import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressRange;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is to get which address. */
class AllocationTest {
  private final Map<String, Map<String, AddressHolder>> holders = new HashMap<>();

  private static PoolRanges ranges(String... subnets) throws InvalidPool {
    return PoolRanges.of(
        new AddressPoolSpec(
            Arrays.stream(subnets)
                .map(subnet -> new AddressRange(subnet, null, null, null, List.of()))
                .toList()));
  }

  private void has(String address, @Nullable String uid, @Nullable String keptFor) {
    String first = PoolAddress.parse(address).block().toString();
    holders
        .computeIfAbsent(first, any -> new HashMap<>())
        .put(address, new AddressHolder("shop/" + uid, uid, keptFor));
  }

  private Allocation allocate(PoolRanges ranges, Claim... claims) {
    TreeMap<PoolAddress, Block> blocks = new TreeMap<>();
    holders.forEach((first, inIt) -> {
      AddressBlock block = new AddressBlock();
      block.getMetadata().setName("blue-" + first);
      block.setSpec(new AddressBlockSpec("blue", first, inIt));
      blocks.put(PoolAddress.parse(first), Block.of(block).orElseThrow());
    });
    return Allocation.of(ranges, blocks, List.of(claims));
  }

  private static Claim claim(String uid) {
    return new Claim("shop/" + uid, uid, null, List.of(), List.of());
  }

  private static Claim claim(String uid, String keptFor, String... kept) {
    return new Claim(
        "shop/" + uid,
        uid,
        keptFor,
        List.of(),
        Arrays.stream(kept).map(PoolAddress::parse).toList());
  }

  /** By whose it becomes. */
  private static Map<String, List<String>> given(Allocation allocation) {
    Map<String, List<String>> given = new TreeMap<>();
    allocation
        .changes()
        .values()
        .forEach(block ->
            block.forEach((address, holder) ->
                given.merge(
                    String.valueOf(holder.uid()),
                    List.of(address.toString()),
                    (a, b) -> Stream.concat(a.stream(), b.stream()).toList())));
    return given;
  }

  @Test
  void eachGetsTheLowestFreeOfEachFamily() throws InvalidPool {
    has("10.10.0.1", "x", null);
    has("10.10.0.3", "y", null);

    Allocation allocation =
        allocate(ranges("10.10.0.0/24", "fd00:10::/64"), claim("a"), claim("b"));

    assertThat(given(allocation))
        .isEqualTo(
            Map.of(
                "a", List.of("10.10.0.2", "fd00:10::1"), "b", List.of("10.10.0.4", "fd00:10::2")));
    assertThat(allocation.exhausted()).isEmpty();
  }

  @Test
  void theNextRangeComesWhenTheFirstHasNone() throws InvalidPool {
    has("10.10.0.1", "x", null);

    assertThat(given(allocate(ranges("10.10.0.0/30", "10.20.0.0/30"), claim("a"), claim("b"))))
        .isEqualTo(Map.of("a", List.of("10.10.0.2"), "b", List.of("10.20.0.1")));
  }

  @Test
  void oneThatLacksAFamilyGetsNothingAndHoldsUpNobody() throws InvalidPool {
    has("10.10.0.1", "x", null);
    has("10.10.0.2", "y", null);
    Claim half = new Claim("shop/h", "h", null, List.of(PoolAddress.parse("10.10.0.2")), List.of());

    Allocation allocation = allocate(ranges("10.10.0.0/30", "fd00:10::/64"), claim("a"), half);

    assertThat(given(allocation)).isEqualTo(Map.of("h", List.of("fd00:10::1")));
    assertThat(allocation.exhausted()).extracting(Claim::uid).containsExactly("a");
  }

  @Test
  void aPodThatComesAgainGetsWhatItHad() throws InvalidPool {
    has("10.10.0.9", null, "set/db-0");

    assertThat(
            given(
                allocate(ranges("10.10.0.0/24"), claim("a"), claim("b", "set/db-0", "10.10.0.9"))))
        .isEqualTo(Map.of("a", List.of("10.10.0.1"), "b", List.of("10.10.0.9")));
  }

  @Test
  void aSetOfWhichMoreIsKeptThanUsedTakesItsOwnFirst() throws InvalidPool {
    has("10.10.0.1", "x", "shop/set/web-a");
    has("10.10.0.7", null, "shop/set/web-b");
    has("10.10.0.8", null, "shop/set/web-c");
    has("10.10.0.9", null, "shop/other/web-d");

    assertThat(
            given(
                allocate(
                    ranges("10.10.0.0/24"),
                    claim("a", "shop/set/web-e"),
                    claim("b", "shop/set/web-f"),
                    claim("c", "shop/other/web-d", "10.10.0.9"),
                    claim("d", "shop/other/web-g"))))
        .isEqualTo(
            Map.of(
                "a", List.of("10.10.0.7"),
                "b", List.of("10.10.0.2"),
                "c", List.of("10.10.0.9"),
                "d", List.of("10.10.0.3")));
  }

  @Test
  void whatIsKeptForOthersIsGivenWhenNothingElseIsLeft() throws InvalidPool {
    has("10.10.0.1", null, "set/db-0");

    Allocation allocation =
        allocate(ranges("10.10.0.0/30"), claim("a"), claim("b", "set/db-1"), claim("c"));

    assertThat(given(allocation))
        .isEqualTo(Map.of("a", List.of("10.10.0.2"), "b", List.of("10.10.0.1")));
    assertThat(allocation.exhausted()).extracting(Claim::uid).containsExactly("c");
  }

  @Test
  void whatWhoAsksNowHadBeforeIsGivenToOthersLast() throws InvalidPool {
    has("10.10.0.1", null, "set/db-0");
    has("10.10.0.2", null, "set/db-1");

    Allocation allocation =
        allocate(ranges("10.10.0.0/30"), claim("a"), claim("b", "set/db-0", "10.10.0.1"));

    assertThat(given(allocation))
        .isEqualTo(Map.of("a", List.of("10.10.0.2"), "b", List.of("10.10.0.1")));

    Allocation ofNothingElse =
        allocate(
            ranges("10.10.0.0/30"), claim("a"), claim("b"), claim("c", "set/db-0", "10.10.0.1"));
    assertThat(given(ofNothingElse))
        .isEqualTo(Map.of("a", List.of("10.10.0.2"), "b", List.of("10.10.0.1")));
    assertThat(ofNothingElse.exhausted()).extracting(Claim::uid).containsExactly("c");
  }

  @Test
  void whatIsKeptButTakenIsNotGiven() throws InvalidPool {
    has("10.10.0.9", "z", "set/db-0");

    assertThat(given(allocate(ranges("10.10.0.0/24"), claim("b", "set/db-0", "10.10.0.9"))))
        .isEqualTo(Map.of("b", List.of("10.10.0.1")));
  }

  @Test
  void aFullBlockIsFollowedByTheNext() throws InvalidPool {
    IntStream.range(1, 256).forEach(i -> has("10.10.0." + i, "u" + i, null));

    assertThat(given(allocate(ranges("10.10.0.0/16"), claim("a"))))
        .isEqualTo(Map.of("a", List.of("10.10.1.0")));
  }

  @Test
  void theSameViewIsDecidedInTheSameWay() throws InvalidPool {
    Claim[] claims = IntStream.range(0, 600).mapToObj(i -> claim("u" + i)).toArray(Claim[]::new);

    Allocation allocation = allocate(ranges("10.10.0.0/16", "fd00:10::/64"), claims);

    assertThat(given(allocation).values().stream().flatMap(List::stream))
        .hasSize(1_200)
        .doesNotHaveDuplicates();
    assertThat(allocation.changes()).hasSize(6);
    assertThat(allocation).isEqualTo(allocate(ranges("10.10.0.0/16", "fd00:10::/64"), claims));
  }
}
