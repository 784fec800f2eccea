package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JsonRoundTripTest {

  @Property(tries = 300)
  void anySpecComesBackFromJsonAsItWas(@ForAll("specs") NetworkAttachmentSpec spec) {
    assertThat(Serialization.unmarshal(Serialization.asJson(spec), NetworkAttachmentSpec.class))
        .isEqualTo(spec);
  }

  /** Otherwise a status would never be what was written, and be written again and again. */
  @Property(tries = 100)
  void anyConditionComesBackFromJsonAsItWas(
      @ForAll("words") String type, @ForAll String message, @ForAll long generation) {
    Condition condition =
        new Condition(type, "True", "Attached", message, "2025-01-31T12:00:00Z", generation);
    assertThat(Serialization.unmarshal(Serialization.asJson(condition), Condition.class))
        .isEqualTo(condition);
  }

  @Provide("words")
  Arbitrary<String> anyWord() {
    return words();
  }

  @Provide
  Arbitrary<NetworkAttachmentSpec> specs() {
    return Combinators.combine(
            words().injectNull(0.2),
            targets().injectNull(0.2),
            containers().injectNull(0.2),
            hosts().injectNull(0.2))
        .as(NetworkAttachmentSpec::new);
  }

  private static Arbitrary<Target> targets() {
    Arbitrary<Target> named =
        Combinators.combine(
                words(), Arbitraries.of(true, false), Arbitraries.of(ReclaimPolicy.class))
            .as(NetnsTarget::new)
            .map(netns -> new Target(netns, null));
    Arbitrary<Target> pods =
        Combinators.combine(words(), words().injectNull(0.2))
            .as(PodTarget::new)
            .map(pod -> new Target(null, pod));
    return Arbitraries.oneOf(named, pods);
  }

  private static Arbitrary<ContainerEnd> containers() {
    return Combinators.combine(
            words().injectNull(0.2),
            words().injectNull(0.2),
            Arbitraries.integers().injectNull(0.2),
            words().list().ofMaxSize(4),
            pools().injectNull(0.5),
            routes(),
            Arbitraries.maps(words(), words()).ofMaxSize(4))
        .as(ContainerEnd::new);
  }

  private static Arbitrary<AddressPoolUse> pools() {
    return Combinators.combine(words(), Arbitraries.of(true, false), Arbitraries.of(true, false))
        .as(AddressPoolUse::new);
  }

  private static Arbitrary<HostEnd> hosts() {
    var bridges =
        Combinators.combine(
                words(),
                Arbitraries.integers().injectNull(0.2),
                Arbitraries.of(true, false),
                Arbitraries.of(true, false))
            .as(BridgePort::new);
    return Combinators.combine(
            words().injectNull(0.2), bridges.injectNull(0.2), words().list().ofMaxSize(4), routes())
        .as(HostEnd::new);
  }

  private static Arbitrary<List<Route>> routes() {
    return Combinators.combine(
            words(),
            words().injectNull(0.2),
            Arbitraries.longs().between(0, 4294967295L),
            Arbitraries.of(true, false))
        .as(Route::new)
        .list()
        .ofMaxSize(4);
  }

  private static Arbitrary<String> words() {
    return Arbitraries.strings().ascii().ofMinLength(1).ofMaxLength(20);
  }
}
