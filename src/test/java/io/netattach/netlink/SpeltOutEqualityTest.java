package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What is compared by hand is equal just where every component is, as a record's own would have.
 */
final class SpeltOutEqualityTest {
  private static final IpAddress VIA = IpAddress.of("fd00::1");

  @TestFactory
  Stream<DynamicTest> oneComponentThatDiffersMakesTwoOfThem() throws Exception {
    @Nullable Object[] route = {
      IpPrefix.of("fd00::/64"), VIA, 1, 2L, 3, 4, 5, 6, VIA, true, RouteMetrics.NONE, List.of()
    };
    @Nullable Object[] otherRoute = {
      IpPrefix.of("fd00::/65"),
      null,
      2,
      3L,
      4,
      5,
      6,
      7,
      null,
      false,
      new RouteMetrics(1, true, 1),
      List.of(hop(1), hop(2))
    };
    // A route has a link and a gateway, or hops.
    @Nullable Object[] noLink = route.clone();
    noLink[1] = null;
    noLink[2] = 0;
    return Stream.of(
            cases(Route.class, route, otherRoute, 11),
            cases(Route.class, noLink, otherRoute, 1, 2),
            cases(IpPrefix.class, new Object[] {VIA, 64}, new Object[] {VIA.next().get(), 65}),
            cases(IpAddress.class, new Object[] {true, 0L, 2L}, new Object[] {false, 1L, 3L}))
        .flatMap(cases -> cases);
  }

  private static RouteHop hop(int link) {
    return new RouteHop(VIA, link, 1, false);
  }

  private static Stream<DynamicTest> cases(
      Class<? extends Record> type,
      @Nullable Object[] one,
      @Nullable Object[] other,
      Integer... without)
      throws Exception {
    RecordComponent[] components = type.getRecordComponents();
    Constructor<? extends Record> constructor =
        type.getDeclaredConstructor(
            Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new));
    Record first = constructor.newInstance(one);
    Record same = constructor.newInstance(one);
    return Stream.iterate(0, i -> i < components.length, i -> i + 1)
        .filter(i -> !Arrays.asList(without).contains(i))
        .map(i ->
            DynamicTest.dynamicTest(
                type.getSimpleName() + "." + components[i].getName(),
                () -> {
                  @Nullable Object[] values = one.clone();
                  values[i] = other[i];
                  assertThat(first).isEqualTo(same).hasSameHashCodeAs(same);
                  assertThat(first).isNotEqualTo(constructor.newInstance(values));
                }));
  }
}
