package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netattach.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Everything that {@code ip} and /proc/sys show of a node and of namespaces on it, one fact a line,
 * such as {@code blue: link net1 mtu: 1450}.
 *
 * <p>Left out is what changes by itself: counters, timers, lifetimes, whatever follows the carrier,
 * and the link-local addresses and multicast routes of IPv6, which the kernel makes later on.
 */
public record State(List<String> facts) {
  /** Labels of addresses, too: a rename of the link makes the kernel number them. */
  private static final Set<String> VOLATILE =
      Set.of(
          "operstate",
          "stats",
          "stats64",
          "valid_life_time",
          "preferred_life_time",
          "expires",
          "hold_timer",
          "message_age_timer",
          "forward_delay_timer",
          "hello_timer",
          "tcn_timer",
          "topology_change_timer",
          "gc_timer",
          "fdb_n_learned",
          "topology_change",
          "topology_change_detected",
          "state",
          "tentative",
          "label",
          "optimistic",
          "linkdown",
          "tso_max_size",
          "tso_max_segs");

  private static final Set<String> CARRIER_FLAGS =
      Set.of("LOWER_UP", "NO-CARRIER", "M-DOWN", "linkdown", "dead");

  /** What differs between two links that are made the same way. */
  private static final Set<String> NUMBERS =
      Set.of(
          "ifindex",
          "link_index",
          "link_netnsid",
          "id",
          "no",
          "designated_port",
          "designated_bridge",
          "root_id",
          "bridge_id",
          "designated_root");

  /**
   * Settings that are compared with nothing: a secret that cannot be read, and what our updates
   * leave on for good, so that the next one costs no address.
   */
  private static final String IGNORED_SETTINGS = ".*/(stable_secret|promote_secondaries)";

  /** Of the node itself, and of namespaces on it. */
  public static State of(Ip node, String... namespaces) {
    Set<String> facts = new TreeSet<>();
    read(node, "", "node: ", facts);
    for (String namespace : namespaces) {
      read(node, namespace, namespace + ": ", facts);
    }
    node.ip("netns list")
        .lines()
        .map(line -> line.replaceAll(" .*", ""))
        .forEach(name -> facts.add("netns " + name));
    return new State(List.copyOf(facts));
  }

  private static void read(Ip node, String netns, String where, Set<String> facts) {
    String in = netns.isEmpty() ? "" : "-n " + netns + " ";
    for (JsonNode link : node.json(in + "address show")) {
      String name = link.path("ifname").asText();
      ObjectNode rest = link.deepCopy();
      JsonNode addresses = rest.remove("addr_info");
      flatten(where + "link " + name, rest, facts);
      for (JsonNode address : addresses) {
        if (!address.path("scope").asText().equals("link")
            || address.path("family").asText().equals("inet")) {
          String text = address.path("local").asText() + "/" + address.path("prefixlen").asInt();
          flatten(where + "address " + name + " " + text, address, facts);
        }
      }
    }
    routes(node, in + "route show table all", where, facts);
    routes(node, in + "-6 route show table all", where, facts);
    String inside = netns.isEmpty() ? "" : "nsenter --net=/run/netns/" + netns + " ";
    node.command(
            inside
                + "grep -rs --exclude=stable_secret . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf")
        .lines()
        .filter(line -> !line.substring(0, line.indexOf(':')).matches(IGNORED_SETTINGS))
        .forEach(line -> facts.add(where + "sysctl " + line.substring("/proc/sys/net/".length())));
  }

  private static void routes(Ip node, String command, String where, Set<String> facts) {
    for (JsonNode route : node.json(command)) {
      String to = route.path("dst").asText();
      boolean ofIpv6Itself =
          to.startsWith("fe80:") || to.startsWith("ff00:") || to.equals("multicast");
      // The kernel makes it once the carrier is there.
      boolean ofAnAddress = to.contains(":") && route.path("table").asText().equals("local");
      if (!ofIpv6Itself && !ofAnAddress) {
        List<String> parts = new ArrayList<>();
        flatten("", route, parts);
        facts.add(where + "route " + String.join(",", parts.stream().sorted().toList()));
      }
    }
  }

  private static void flatten(String path, JsonNode value, java.util.Collection<String> facts) {
    if (value.isObject()) {
      value
          .properties()
          .forEach(field -> {
            if (!VOLATILE.contains(field.getKey())) {
              flatten(path + " " + field.getKey(), field.getValue(), facts);
            }
          });
    } else if (value.isArray()) {
      List<String> elements = new ArrayList<>();
      for (JsonNode element : value) {
        List<String> parts = new ArrayList<>();
        flatten("", element, parts);
        if (!CARRIER_FLAGS.contains(element.asText())) {
          elements.add(String.join(",", parts));
        }
      }
      facts.add(path + ": " + elements.stream().sorted().toList());
    } else {
      facts.add(path + ": " + value.asText());
    }
  }

  /** Without what differs between two links that are made the same way, such as the ifindex. */
  public State unnumbered() {
    return new State(
        facts.stream()
            .filter(fact -> NUMBERS.stream().noneMatch(key -> fact.contains(" " + key + ": ")))
            .toList());
  }

  /** Those facts that another has not. */
  public State beyond(State other) {
    return new State(facts.stream().filter(fact -> !other.facts.contains(fact)).toList());
  }

  /** With something else in the place of a text. */
  public State replacing(String text, String by) {
    return new State(facts.stream().map(fact -> fact.replace(text, by)).toList());
  }

  /** Those facts that contain a text. */
  State about(String text) {
    return new State(facts.stream().filter(fact -> fact.contains(text)).toList());
  }

  /** Those facts that do not. */
  State without(String text) {
    return new State(facts.stream().filter(fact -> !fact.contains(text)).toList());
  }

  /** Fails with the facts that differ, and only those. */
  public void isSameAs(State other) {
    List<String> more = new ArrayList<>(facts);
    more.removeAll(other.facts);
    List<String> less = new ArrayList<>(other.facts);
    less.removeAll(facts);
    assertThat(more.stream().map(fact -> "+ " + fact).toList())
        .as("what is there and should not be; missing: %s", less)
        .isEmpty();
    assertThat(less.stream().map(fact -> "- " + fact).toList()).as("what is missing").isEmpty();
  }
}
