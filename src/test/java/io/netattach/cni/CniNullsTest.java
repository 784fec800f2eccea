package io.netattach.cni;

import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.netattach.netlink.InterfaceName;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must not be null is refused by the call that gives it, not where it is used. */
@SuppressWarnings("NullAway")
class CniNullsTest {
  private static final CniResult RESULT =
      new CniResult(CniVersion.V1_1_0, List.of(), List.of(), List.of(), CniDns.NONE);

  static List<ThrowingCallable> calls() {
    InterfaceName name = new InterfaceName("net1");
    return List.of(
        () -> RESULT.withVersion(null),
        () -> RESULT.withDns(null),
        () -> CniInterface.of(null, null, 0, ""),
        () -> CniInterface.of(name, null, 0, null),
        () -> new CniInterface(name, null, 0, "", null, ""),
        () -> new CniInterface(name, null, 0, "", "", null),
        () -> new CniIp(null, null, null),
        () -> new CniDns(List.of(), null, List.of(), List.of()),
        () -> new CniError(7, null, ""),
        () -> new CniError(7, "", null));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void aNullIsRefusedAtOnce(ThrowingCallable call) {
    assertThatNullPointerException().isThrownBy(call);
  }
}
