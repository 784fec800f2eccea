package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code plan}: a script that does what {@code attach} does, and nothing by itself. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class PlanCommandTest {
  private static final String[] SAMPLES = {"--node", "worker-1", "-f", "k8s/samples"};

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void aPlanChangesNothingAndSaysThatChangesArePending() {
    NodeState before = NodeState.now();

    Invocation plan = Invocation.reading(Manifests.good("link"), "plan", "-f", "-");

    assertThat(plan.code()).isEqualTo(2);
    assertThat(plan.err()).isEmpty();
    assertThat(plan.out().lines())
        .startsWith(
            "# shop/link: 5 steps",
            "#   make namespace link",
            "ip netns add link",
            "ip -n link link set dev lo alias 'netattach file:- shop/link'",
            "ip -n link link set dev lo up",
            "#   make veth nahgvxsas35lwxx with peer net1 in link");
    assertThat(NodeState.now()).isEqualTo(before);
  }

  @Test
  void afterAttachThereIsNothingToDo() {
    attach();

    Invocation plan = Invocation.of(arguments("plan"));

    assertThat(plan)
        .isEqualTo(
            new Invocation(
                0,
                """
                # shop/db-link: nothing to do
                # shop/db-backup: nothing to do
                # shop/cache: nothing to do
                # shop/search: nothing to do
                """,
                Manifests.SAMPLES_NOTE));
  }

  @Test
  void itsScriptHasTheEffectOfAttach() {
    attach();
    KernelState attached = KernelState.settled();
    assertThat(Invocation.of(arguments("detach")).code()).isZero();

    Invocation plan = Invocation.of(arguments("plan"));
    assertThat(plan.code()).isEqualTo(2);
    assertThat(Shell.run(plan.out())).isEmpty();

    await()
        .atMost(Child.PATIENCE)
        .untilAsserted(() -> assertThat(KernelState.now()).isEqualTo(attached));
    assertThat(Invocation.of(arguments("plan")).code()).isZero();
  }

  @Test
  void theScriptOfAnUpdateHasTheEffectOfAttach() {
    String first =
        Manifests.of(
            "link",
            "{netns: {name: blue, create: true}}",
            "{interface: net1, mtu: 1400, mac: \"02:00:5e:00:00:01\", addresses: [10.0.0.2/24,"
                + " 10.0.0.4/24, \"fd00::2/64\"], routes: [{to: 10.9.0.0/16, via: 10.0.0.1},"
                + " {to: \"fd09::/64\", via: \"fd00::1\"}]}",
            "{interface: veth-db, addresses: [10.0.0.1/24]}");
    String second =
        Manifests.of(
            "link",
            "{netns: {name: blue, create: true}}",
            "{interface: net2, mtu: 1450, mac: \"02:00:5e:00:00:02\", addresses: [10.0.0.4/24,"
                + " 10.0.0.5/24, \"fd00::3/64\"], routes: [{to: 10.9.0.0/16, via: 10.0.0.1,"
                + " metric: 7}, {to: 10.8.0.0/16}], sysctls: {net.ipv4.conf.IFNAME.arp_notify:"
                + " \"1\"}}",
            "{interface: veth-new, addresses: [10.1.0.1/24], routes: [{to: 10.7.0.0/16}]}");
    attach(first);
    attach(second);
    KernelState attached = KernelState.settled();
    Node.clear();
    attach(first);

    Invocation plan = Invocation.reading(second, "plan", "-f", "-");
    assertThat(plan.code()).isEqualTo(2);
    Shell.run(plan.out());

    // What a removal takes with it, attach sees to in a second pass, and so does a second plan.
    Invocation rest = Invocation.reading(second, "plan", "-f", "-");
    Shell.run(rest.out());
    await()
        .atMost(Child.PATIENCE)
        .untilAsserted(() -> assertThat(KernelState.now()).isEqualTo(attached));
    assertThat(Invocation.reading(second, "plan", "-f", "-").code()).isZero();
  }

  @Test
  void aNamespaceThatTwoAttachmentsShareIsMadeOnce() {
    String two =
        Manifests.of("a", "{netns: {name: blue, create: true}}", "{interface: net1}", "{}")
            + "---\n"
            + Manifests.of("b", "{netns: {name: blue, create: true}}", "{interface: net2}", "{}");

    Invocation plan = Invocation.reading(two, "plan", "-f", "-");

    assertThat(plan.out().lines()).containsOnlyOnce("ip netns add blue");
    Shell.run(plan.out());
    assertThat(Invocation.reading(two, "plan", "-f", "-").code()).isZero();
  }

  @Test
  void whatIsWrongIsToldAndTheRestIsPlanned() {
    Shell.run("ip link add veth-db type bridge");
    String manifests =
        Manifests.withHost("{interface: veth-db}") + "---\n" + Manifests.good("other");

    Invocation plan = Invocation.reading(manifests, "plan", "-f", "-");

    assertThat(plan.code()).isEqualTo(1);
    assertThat(plan.err().lines()).singleElement().asString().startsWith("shop/link: Conflict: ");
    assertThat(plan.out()).startsWith("# shop/other: 5 steps");
  }

  private static void attach() {
    Shell.run(
        "ip link add br-green address 02:00:00:00:00:01 type bridge; ip link set br-green up");
    assertThat(Invocation.of(arguments("attach")).code()).isZero();
  }

  private static void attach(String manifest) {
    Invocation attach = Invocation.reading(manifest, "attach", "-f", "-");
    assertThat(attach.code()).as(attach.err()).isZero();
  }

  private static String[] arguments(String command) {
    String[] all = new String[1 + SAMPLES.length];
    all[0] = command;
    System.arraycopy(SAMPLES, 0, all, 1, SAMPLES.length);
    return all;
  }
}
