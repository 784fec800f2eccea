package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules: what {@code ip rule} makes is read, what is changed here it shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkRulesTest {
  private Node node;
  private Rtnetlink kernel;
  private Ip ip;

  @BeforeEach
  void makeANode() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private static RuleSelector.Builder select() {
    return RuleSelector.builder();
  }

  private static Rule lookup(boolean v6, RuleSelector selector) {
    return Rule.of(v6, 50, selector, new RuleAction.Lookup(1000));
  }

  private static Rule of(RuleAction action) {
    return Rule.of(false, 50, RuleSelector.ALL, action);
  }

  /** A rule at priority 50, how {@code ip} takes it, and what it shows of it, a blank for none. */
  private record Case(Rule rule, String arguments, String shown) {
    @Override
    public String toString() {
      return (rule.isV6() ? "-6 " : "-4 ") + arguments;
    }

    String family() {
      return rule.isV6() ? "-6 " : "-4 ";
    }
  }

  static Stream<Case> cases() {
    RuleSelector toPort = select().ipProtocol(6).destinationPorts(80, 80).build();
    return Stream.of(
        new Case(lookup(false, RuleSelector.ALL), "lookup 1000", "from all lookup 1000"),
        new Case(lookup(true, RuleSelector.ALL), "lookup 1000", "from all lookup 1000"),
        new Case(
            lookup(false, select().from(IpPrefix.of("10.0.0.0/8")).build()),
            "from 10.0.0.0/8 lookup 1000",
            "from 10.0.0.0/8 lookup 1000"),
        new Case(
            lookup(true, select().to(IpPrefix.of("fd00::/64")).build()),
            "to fd00::/64 lookup 1000",
            "from all to fd00::/64 lookup 1000"),
        new Case(
            lookup(false, select().from(IpPrefix.of("10.0.0.0/8")).inverted(true).build()),
            "not from 10.0.0.0/8 lookup 1000",
            "not from 10.0.0.0/8 lookup 1000"),
        new Case(
            lookup(false, select().iif("lo").oif("eth9").build()),
            "iif lo oif eth9 lookup 1000",
            "from all iif lo oif eth9 [detached] lookup 1000"),
        new Case(
            lookup(true, select().mark(1).build()),
            "fwmark 1 lookup 1000",
            "from all fwmark 0x1 lookup 1000"),
        new Case(
            lookup(false, select().mark(0x80000001L, 0xf000000fL).build()),
            "fwmark 0x80000001/0xf000000f lookup 1000",
            "from all fwmark 0x80000001/0xf000000f lookup 1000"),
        new Case(
            lookup(false, select().mark(0, 0xff).build()),
            "fwmark 0/0xff lookup 1000",
            "from all fwmark 0/0xff lookup 1000"),
        new Case(
            lookup(false, select().tos(0x10).build()),
            "tos 0x10 lookup 1000",
            "from all tos 0x10 lookup 1000"),
        new Case(
            lookup(true, toPort),
            "ipproto tcp dport 80 lookup 1000",
            "from all ipproto tcp dport 80 lookup 1000"),
        new Case(
            lookup(false, select().ipProtocol(17).sourcePorts(1, 65_534).build()),
            "ipproto udp sport 1-65534 lookup 1000",
            "from all ipproto udp sport 1-65534 lookup 1000"),
        new Case(
            lookup(false, select().uids(0, 1000).build()),
            "uidrange 0-1000 lookup 1000",
            "from all uidrange 0-1000 lookup 1000"),
        new Case(
            lookup(false, RuleSelector.ALL).withSuppressPrefixLength(0),
            "lookup 1000 suppress_prefixlength 0",
            "from all lookup 1000 suppress_prefixlength 0"),
        new Case(
            lookup(true, RuleSelector.ALL).withSuppressGroup(7),
            "lookup 1000 suppress_ifgroup 7",
            "from all lookup 1000 suppress_ifgroup 7"),
        new Case(
            lookup(false, RuleSelector.ALL).withProtocol(201),
            "lookup 1000 protocol 201",
            "from all lookup 1000 proto 201"),
        new Case(
            of(new RuleAction.Lookup((int) 4_000_000_000L)),
            "lookup 4000000000",
            "from all lookup 4000000000"),
        new Case(of(new RuleAction.Goto(32_766)), "goto 32766", "from all goto 32766"),
        new Case(of(new RuleAction.Nop()), "nop", "from all nop"),
        new Case(of(new RuleAction.Blackhole()), "blackhole", "from all blackhole"),
        new Case(of(new RuleAction.Unreachable()), "unreachable", "from all unreachable"),
        new Case(of(new RuleAction.Prohibit()), "prohibit", "from all prohibit"));
  }

  private String shown(Case each) {
    return ip.ip(each.family() + "rule show pref 50").strip().replaceAll("[ \\t]+", " ");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsAddedIsWhatIpShowsAndWhatIsRead(Case each) {
    kernel.execute(RuleRequest.add(each.rule));
    assertThat(shown(each)).isEqualTo("50: " + each.shown);
    assertThat(kernel.rules(each.rule.isV6(), 50)).containsExactly(each.rule);
    assertThat(kernel.rules(!each.rule.isV6(), 50)).isEmpty();
    kernel.execute(RuleRequest.delete(each.rule));
    assertThat(shown(each)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIpMakesIsReadAndDeleted(Case each) {
    ip.ip(each.family() + "rule add pref 50 " + each.arguments);
    assertThat(kernel.rules(each.rule.isV6(), 50)).containsExactly(each.rule);
    kernel.execute(RuleRequest.delete(kernel.rules(each.rule.isV6(), 50).getFirst()));
    assertThat(shown(each)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsMadeHereIpDeletes(Case each) {
    kernel.execute(RuleRequest.add(each.rule));
    ip.ip(each.family() + "rule del pref 50 " + each.arguments);
    assertThat(kernel.rules(each.rule.isV6(), 50)).isEmpty();
  }

  @Test
  void theKernelsOwnRulesAreListedInTheirOrder() {
    assertThat(kernel.rules(false))
        .containsExactly(
            kernels(false, 0, 255), kernels(false, 32_766, 254), kernels(false, 32_767, 253));
    assertThat(kernel.rules(true))
        .containsExactly(kernels(true, 0, 255), kernels(true, 32_766, 254));
  }

  private static Rule kernels(boolean v6, long priority, int table) {
    return Rule.of(v6, priority, RuleSelector.ALL, new RuleAction.Lookup(table))
        .withProtocol(Route.PROTOCOL_KERNEL);
  }

  @Test
  void withoutPriorityTheKernelChoosesOneBeforeTheOthers() {
    Rule rule = Rule.of(false, RuleSelector.ALL, new RuleAction.Lookup(1000));
    kernel.execute(RuleRequest.add(rule));
    kernel.execute(RuleRequest.add(rule.withProtocol(201)));
    assertThat(kernel.rules(false, 32_765)).containsExactly(rule.withPriority(32_765));
    assertThat(kernel.rules(false, 32_764))
        .containsExactly(rule.withPriority(32_764).withProtocol(201));
  }

  @Test
  void aRuleThatIsThereAndOneThatIsNotAreTold() {
    Rule rule = lookup(false, RuleSelector.ALL);
    kernel.execute(RuleRequest.add(rule));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(RuleRequest.add(rule)))
        .withMessageContaining("add rule 50: from all lookup 1000")
        .matches(e -> e.is(Errno.EEXIST));
    kernel.execute(RuleRequest.delete(rule));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(RuleRequest.delete(rule)))
        .matches(e -> e.is(Errno.ENOENT));
  }

  /** The kernel compares only what is given. */
  @Test
  void deletingByLessTakesTheFirstThatAgrees() {
    Rule first = lookup(false, select().from(IpPrefix.of("10.1.0.0/16")).build());
    Rule second = lookup(false, select().from(IpPrefix.of("10.2.0.0/16")).build());
    kernel.execute(RuleRequest.add(first));
    kernel.execute(RuleRequest.add(second));
    kernel.execute(RuleRequest.delete(lookup(false, RuleSelector.ALL)));
    assertThat(kernel.rules(false, 50)).containsExactly(second);
  }

  @Test
  void everyRuleThatIpListsIsRead() {
    for (int i = 1; i <= 300; i++) {
      kernel.execute(
          RuleRequest.add(Rule.of(true, i, RuleSelector.ALL, new RuleAction.Lookup(1000 + i))));
    }
    List<Long> byIp =
        ip.json("-6 rule show").findValues("priority").stream().map(JsonNode::asLong).toList();
    assertThat(kernel.rules(true)).extracting(Rule::priority).hasSize(302).isEqualTo(byIp);
  }

  @Test
  void whatNoRuleCanBeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> select().sourcePorts(9, 8))
        .withMessageContaining("write two within 1 to 65534");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> select().uids(9, 8))
        .withMessageContaining("write two within");
    assertThatIllegalArgumentException().isThrownBy(() -> select().iif("x".repeat(16)).build());
    assertThatIllegalArgumentException().isThrownBy(() -> select().mark(1L << 32));
    assertThatIllegalArgumentException().isThrownBy(() -> select().tos(256).build());
    assertThatIllegalArgumentException().isThrownBy(() -> new RuleAction.Lookup(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lookup(false, RuleSelector.ALL).withSuppressPrefixLength(33))
        .withMessageContaining("write up to 32");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lookup(true, select().to(IpPrefix.of("10.0.0.0/8")).build()))
        .withMessageContaining("IPv6 rule cannot select by 10.0.0.0/8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(new RuleAction.Goto(50)))
        .withMessageContaining("goes forward only");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lookup(false, RuleSelector.ALL).withPriority(1L << 32));
  }

  @Test
  void aFromOfAnyLengthZeroIsAll() {
    assertThat(select().from(IpPrefix.of("0.0.0.0/0")).build()).isEqualTo(RuleSelector.ALL);
  }

  @Test
  void inWordsARuleIsAsIpWritesIt() {
    RuleSelector selector =
        select()
            .from(IpPrefix.of("10.0.0.0/8"))
            .to(IpPrefix.of("10.1.0.0/16"))
            .mark(1, 3)
            .iif("a")
            .ipProtocol(6)
            .destinationPorts(80, 90)
            .build();
    assertThat(lookup(false, selector).withSuppressPrefixLength(0))
        .hasToString(
            "50: from 10.0.0.0/8 to 10.1.0.0/16 fwmark 0x1/0x3 iif a ipproto 6 dport 80-90"
                + " lookup 1000 suppress_prefixlength 0");
  }
}
