package io.netattach.cli;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netattach.Ip;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.commons.util.StringUtils;

/**
 * Links, addresses, routes and settings of this node and of its named namespaces, without what two
 * ways to the same set-up may differ in: ifindexes, numbers of namespaces, the protocol number of
 * addresses and the state of timers.
 */
record KernelState(Set<String> facts) {
  private static final Set<String> IRRELEVANT =
      Set.of("ifindex", "link_index", "link_netnsid", "protocol", "no", "id");

  static KernelState now() {
    Set<String> facts = new TreeSet<>(of("", ""));
    Shell.run("ip netns list")
        .lines()
        .map(line -> line.split(" ", 2)[0])
        .forEach(netns -> facts.addAll(of("-n " + netns + " ", "ip netns exec " + netns + " ")));
    return new KernelState(facts);
  }

  /** When all that happens by itself has happened, such as links becoming operational. */
  static KernelState settled() {
    List<KernelState> last = new ArrayList<>(List.of(now()));
    await()
        .atMost(Child.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> {
          last.add(now());
          KernelState latest = last.getLast();
          return latest.equals(last.get(last.size() - 2))
              && latest.facts.stream()
                  .noneMatch(fact -> fact.contains("tentative") || fact.contains("LOWERLAYERDOWN"));
        });
    return last.getLast();
  }

  private static List<String> of(String netns, String exec) {
    List<String> facts = new ArrayList<>();
    for (String what : List.of("link", "address", "route show table all")) {
      for (JsonNode fact : Ip.here().json(netns + what)) {
        facts.add(netns + what + " " + relevant(fact, what));
      }
    }
    String settings =
        exec
            + "sysctl -a -r '^net\\.ipv[46]\\.conf\\..*\\.(disable_ipv6|accept_ra|arp_notify|forwarding)$'";
    Shell.run(settings)
        .lines()
        .filter(StringUtils::isNotBlank)
        .forEach(line -> facts.add(netns + line));
    return facts;
  }

  private static JsonNode relevant(JsonNode fact, String what) {
    for (JsonNode node : fact) {
      if (node.isContainerNode()) {
        relevant(node, what);
      }
    }
    if (fact instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      names.stream()
          .filter(name -> name.endsWith("_timer") || IRRELEVANT.contains(name))
          // A route's protocol is one of its marks.
          .filter(name -> !(name.equals("protocol") && what.startsWith("route")))
          .forEach(object::remove);
    }
    return fact;
  }
}
