package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.IpMonitorLog;
import io.netattach.Lookalikes;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Somebody on the node changes whatever comes to hand, with {@code ip}, and everything comes back,
 * as {@code ip -j} shows. {@code -Dnetattach.chaos.attachments=200 -Dnetattach.chaos.changes=2000}
 * makes it a long run, {@code -Dnetattach.chaos.seed} another one. It prints how long it took from
 * the first event of a change to the last of its repair, by the clock of {@code ip monitor}.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
public abstract class ChaosSuite {
  private static final int ATTACHMENTS = Integer.getInteger("netattach.chaos.attachments", 20);
  private static final int CHANGES = Integer.getInteger("netattach.chaos.changes", 100);
  private static final long SEED = Long.getLong("netattach.chaos.seed", 1);

  /** How long after a change the same attachment is left alone, so that each repair is one. */
  private static final Duration REST = Duration.ofMillis(500);

  protected static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The bridge that all are ports of. */
  protected static final String BRIDGE = "br-c";

  /** What others on the node have, which nobody may touch. */
  private static final String BYSTANDERS =
      """
      ip link add br-c address 02:00:00:00:00:c0 type bridge
      ip link set br-c up
      ip link set br-c mtu 1400
      ip link set br-c mtu 1500
      ip link add br-other type bridge
      ip link add veth-other type veth peer name other-peer
      ip address add 10.199.0.1/24 dev veth-other
      ip netns add other
      """;

  /** Of container ends, by which their events are told from those of others named net1. */
  private static final Map<Integer, String> MACS = new HashMap<>();

  private final Random random = new Random(SEED);

  /**
   * What a line says that tells of a repair.
   *
   * @param deleted whether it tells that something went
   * @param link what tells the link; empty where the rest does
   * @param state what must be in it
   */
  private record Sign(boolean deleted, String link, String state) {
    static Sign host(String state) {
      return new Sign(false, ": HOST@", state);
    }

    static Sign end(String state) {
      return new Sign(false, ": net1@", state);
    }

    static Sign there(String state) {
      return new Sign(false, "", state);
    }

    static Sign gone(String state) {
      return new Sign(true, "", state);
    }
  }

  // Of another namespace, it names a link after whichever it knows by that ifindex.
  private static final Sign ADDRESS = Sign.there("HOST    inet 10.C.1/24");
  private static final Sign DEFAULT_ROUTE = Sign.there("default via 10.C.1 ");

  /** What makes a pair anew ends with these. */
  private static final Sign[] ALL = {Sign.host(",UP"), ADDRESS, Sign.end(",UP"), DEFAULT_ROUTE};

  /** A kind of change; what stands for the attachment in capitals is put in. */
  private enum Kind {
    HOST_DELETED("ip link delete HOST", ALL),
    HOST_DOWN("ip link set HOST down", Sign.host(",UP")),
    HOST_RENAMED(
        "ip link set HOST down; ip link set HOST name odd-HOST; ip link set odd-HOST up",
        Sign.host(",UP")),
    HOST_MTU("ip link set HOST mtu 1400", Sign.host("mtu 1500")),
    HOST_MAC("ip link set HOST address 02:00:00:00:0X:77", Sign.host("link/ether fe:")),
    HOST_GROUP("ip link set HOST group 7", Sign.host("group default")),
    HOST_NOMASTER("ip link set HOST nomaster", Sign.host("master br-c ")),
    HOST_MASTER("ip link set HOST master br-other", Sign.host("master br-c ")),
    HOST_ADDRESS_GONE("ip address delete 10.C.1/24 dev HOST", ADDRESS),
    HOST_ADDRESS_ADDED("ip address add 10.200.X.1/24 dev HOST", Sign.gone("inet 10.200.X.1/24")),
    HOST_ROUTE_ADDED("ip route add 10.201.X.0/24 dev HOST", Sign.gone("10.201.X.0/24 dev HOST")),
    END_DELETED("ip -n NS link delete net1", ALL),
    END_DOWN("ip -n NS link set net1 down", Sign.end(",UP"), DEFAULT_ROUTE),
    END_MTU("ip -n NS link set net1 mtu 1300", Sign.end("mtu 1500")),
    END_MAC("ip -n NS link set net1 address 02:00:00:00:0X:78", Sign.end("link/ether ENDMAC")),
    END_ADDRESS_GONE("ip -n NS address delete 10.C.2/24 dev net1", Sign.there("inet 10.C.2/24")),
    END_ADDRESS_ADDED(
        "ip -n NS address add 10.202.X.1/24 dev net1", Sign.gone("inet 10.202.X.1/24")),
    END_ROUTE_GONE("ip -n NS route delete default", DEFAULT_ROUTE),
    END_ROUTE_CHANGED("ip -n NS route replace default via 10.C.9", DEFAULT_ROUTE),
    NETNS_DELETED("ip netns delete NS", ALL),
    NETNS_REPLACED("ip netns delete NS; ip netns add NS", ALL);

    final String script;
    final List<Sign> signs;

    Kind(String script, Sign... signs) {
      this.script = script;
      this.signs = List.of(signs);
    }
  }

  /**
   * A change that was made.
   *
   * @param start microseconds since 1970, before the process that made it
   */
  private record Change(int attachment, Kind kind, long start) {}

  /** Whoever is to keep the attachments as they were declared. */
  protected interface Keeper extends AutoCloseable {
    /** Fails unless it says of each attachment that it is attached; may wait for that. */
    void saysAllIsAttached();

    /** What it did and what went wrong, for the one line that is printed. */
    String account();

    /** Ends it, which must go well. */
    void end();

    @Override
    void close();
  }

  /**
   * Begins to keep attachments.
   *
   * @param manifests of one each, for the node {@code node-1} and the namespace {@code shop}
   */
  protected abstract Keeper keep(List<String> manifests) throws IOException;

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void whateverSomebodyChangesComesBack() throws IOException, InterruptedException {
    Shell.run(BYSTANDERS);
    List<String> manifests =
        IntStream.range(0, ATTACHMENTS).mapToObj(ChaosSuite::manifest).toList();
    try (Keeper keeper = keep(manifests)) {
      keeper.saysAllIsAttached();
      for (int i = 0; i < ATTACHMENTS; i++) {
        MACS.put(
            i, Ip.here().one("-n " + name(i) + " link show dev net1").path("address").asText());
      }
      Lookalikes lookalikes = Lookalikes.of(Ip.here(), host(0), name(0));
      String bystanders = bystanders();
      List<Change> changes;
      List<IpMonitorLog.Line> lines;
      try (IpMonitorLog monitor = new IpMonitorLog()) {
        changes = disturb();
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(200))
            .untilAsserted(() -> assertThat(wrong()).isEmpty());
        lines = monitor.lines();
      }
      keeper.saysAllIsAttached();
      assertThat(bystanders()).isEqualTo(bystanders);
      lookalikes.areUnchanged();
      print(changes, lines, keeper.account());
      keeper.end();
    }
  }

  private static String name(int i) {
    return "c" + i;
  }

  private static String host(int i) {
    return "veth-c" + i;
  }

  /** The first three numbers of its addresses, without the leading 10. */
  private static String network(int i) {
    return (100 + i / 250) + "." + i % 250;
  }

  private static String manifest(int i) {
    return """
    apiVersion: netattach.io/v1alpha1
    kind: NetworkAttachment
    metadata: {name: %1$s, namespace: shop}
    spec:
      nodeName: node-1
      target: {netns: {name: %1$s, create: true}}
      container:
        interface: net1
        addresses: [10.%2$s.2/24]
        routes: [{to: 0.0.0.0/0, via: 10.%2$s.1}]
      host: {interface: %3$s, addresses: [10.%2$s.1/24], bridge: {name: br-c}}
    """
        .formatted(name(i), network(i), host(i));
  }

  private List<Change> disturb() {
    List<Change> changes = new ArrayList<>();
    long[] last = new long[ATTACHMENTS];
    Arrays.fill(last, System.nanoTime() - REST.toNanos());
    while (changes.size() < CHANGES) {
      int i = random.nextInt(ATTACHMENTS);
      long rest = last[i] + REST.toNanos() - System.nanoTime();
      if (rest > 0) {
        LockSupport.parkNanos(Math.min(rest, TimeUnit.MILLISECONDS.toNanos(1)));
        continue;
      }
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      changes.add(new Change(i, kind, IpMonitorLog.now()));
      // What an earlier change took away cannot be changed, nor what is repaired meanwhile.
      Shell.run("(" + script(kind, i) + ") 2>/dev/null || :");
      last[i] = System.nanoTime();
    }
    return changes;
  }

  private static String script(Kind kind, int i) {
    return put(kind.script, i);
  }

  private static String put(String text, int i) {
    return text.replace(".X.", "." + i % 250 + ".")
        .replace("0X:7", String.format(Locale.ROOT, "%02x:7", i % 256))
        .replace("10.C.", "10." + network(i) + ".")
        .replace("ENDMAC", MACS.getOrDefault(i, "none"))
        .replace("HOST", host(i))
        .replace("NS", name(i));
  }

  /** What is not as the manifests say, by {@code ip -j}. */
  private static List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    JsonNode links = Ip.here().json("address show");
    JsonNode routes = Ip.here().json("route show");
    for (int i = 0; i < ATTACHMENTS; i++) {
      try {
        String host = host(i);
        JsonNode link = one(links, host);
        check(wrong, host, "mtu", link.path("mtu").asInt() == 1500);
        check(wrong, host, "MAC", link.path("address").asText().startsWith("fe:"));
        check(wrong, host, "group", link.path("group").asText().equals("default"));
        check(wrong, host, "master", link.path("master").asText().equals("br-c"));
        check(wrong, host, "up", link.path("flags").toString().contains("\"UP\""));
        check(wrong, host, "addresses", addresses(link).equals(List.of(put("10.C.1/24", i))));
        check(wrong, host, "routes", routesOf(routes, host) == 1);
        JsonNode end = one(Ip.here().json("-n " + name(i) + " address show"), "net1");
        check(wrong, name(i), "mtu", end.path("mtu").asInt() == 1500);
        check(wrong, name(i), "MAC", end.path("address").asText().startsWith("0a:"));
        check(wrong, name(i), "up", end.path("flags").toString().contains("\"UP\""));
        check(wrong, name(i), "addresses", addresses(end).equals(List.of(put("10.C.2/24", i))));
        JsonNode inside = Ip.here().json("-n " + name(i) + " route show");
        check(wrong, name(i), "routes", routesOf(inside, "net1") == 2);
        check(
            wrong,
            name(i),
            "default route",
            inside.findValuesAsText("gateway").equals(List.of(put("10.C.1", i))));
      } catch (AssertionError e) {
        wrong.add(name(i) + ": " + e.getMessage());
      }
    }
    return wrong;
  }

  private static void check(List<String> wrong, String where, String what, boolean right) {
    if (!right) {
      wrong.add(where + ": " + what);
    }
  }

  private static JsonNode one(JsonNode links, String name) {
    for (JsonNode link : links) {
      if (link.path("ifname").asText().equals(name)) {
        return link;
      }
    }
    throw new AssertionError("no link " + name);
  }

  private static List<String> addresses(JsonNode link) {
    List<String> found = new ArrayList<>();
    for (JsonNode address : link.path("addr_info")) {
      if (address.path("family").asText().equals("inet")) {
        found.add(address.path("local").asText() + "/" + address.path("prefixlen").asInt());
      }
    }
    return found;
  }

  private static long routesOf(JsonNode routes, String link) {
    long count = 0;
    for (JsonNode route : routes) {
      count += route.path("dev").asText().equals(link) ? 1 : 0;
    }
    return count;
  }

  private static String bystanders() {
    return Shell.run(
        """
        ip -j address show dev veth-other
        ip -j link show dev other-peer
        ip -j -d link show dev br-c | sed 's/"[a-z_]*timer":[^,]*,//g; s/"root_id.*//'
        ls -i /run/netns/other
        """);
  }

  private void print(List<Change> changes, List<IpMonitorLog.Line> lines, String account) {
    List<Long> micros = new ArrayList<>();
    Map<Kind, List<Long>> byKind = new EnumMap<>(Kind.class);
    int unseen = 0;
    for (Change change : changes) {
      OptionalLong took = took(lines, change, next(changes, change));
      if (took.isEmpty()) {
        unseen++;
      } else {
        micros.add(took.getAsLong());
        byKind.computeIfAbsent(change.kind, k -> new ArrayList<>()).add(took.getAsLong());
      }
    }
    System.out.printf(
        Locale.ROOT,
        "chaos: %d attachments, %d changes, seed %d: repaired in p50 %.1f, p90 %.1f, p99 %.1f,"
            + " most %.1f ms; %d not to be told apart; %s%n",
        ATTACHMENTS,
        CHANGES,
        SEED,
        quantile(micros, 0.5),
        quantile(micros, 0.9),
        quantile(micros, 0.99),
        quantile(micros, 1),
        unseen,
        account);
    if (CHANGES >= 1000) {
      byKind.forEach((kind, all) ->
          System.out.printf(
              Locale.ROOT,
              "  %-18s %4d: p50 %.1f, p99 %.1f ms%n",
              kind,
              all.size(),
              quantile(all, 0.5),
              quantile(all, 0.99)));
    }
  }

  /** When the same attachment was changed again. */
  private static long next(List<Change> changes, Change change) {
    return changes.stream()
        .filter(other -> other.attachment == change.attachment)
        .mapToLong(other -> other.start)
        .filter(start -> start > change.start)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /**
   * From the first event of a change to the last sign of its repair; of a name that went, which is
   * no event, from before the process that took it away.
   */
  private static OptionalLong took(List<IpMonitorLog.Line> lines, Change change, long end) {
    List<String> marks =
        Stream.of("HOST", "10.C.", "10.201.X.", "10.202.X.", "ENDMAC", "0X:78")
            .map(mark -> put(mark, change.attachment))
            .toList();
    long first = change.kind.name().startsWith("NETNS") ? change.start : 0;
    long last = 0;
    List<IpMonitorLog.Line> its = new ArrayList<>();
    for (int i = firstAt(lines, change.start); i < lines.size(); i++) {
      IpMonitorLog.Line line = lines.get(i);
      if (line.micros() >= end) {
        break;
      }
      if (marks.stream().anyMatch(line.text()::contains)) {
        its.add(line);
      }
    }
    if (its.isEmpty()) {
      return OptionalLong.empty();
    }
    first = first == 0 ? its.getFirst().micros() : first;
    for (Sign sign : change.kind.signs) {
      // What is made in a namespace that has no number yet is not heard: it is first seen up.
      boolean anew = change.kind.name().startsWith("NETNS") && sign.link.contains("net1");
      OptionalLong seen = seen(its, sign, change.attachment, anew);
      if (seen.isEmpty()) {
        return OptionalLong.empty();
      }
      last = Math.max(last, seen.getAsLong());
    }
    return OptionalLong.of(last - first);
  }

  private static int firstAt(List<IpMonitorLog.Line> lines, long micros) {
    int low = 0;
    int high = lines.size();
    while (low < high) {
      int middle = (low + high) / 2;
      if (lines.get(middle).micros() < micros) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A link was otherwise, and then was so. */
  private static OptionalLong seen(
      List<IpMonitorLog.Line> its, Sign sign, int attachment, boolean anew) {
    String state = put(sign.state, attachment);
    String link = put(sign.link, attachment);
    boolean otherwise = link.isEmpty() || anew;
    for (IpMonitorLog.Line line : its) {
      if (line.text().contains("Deleted ") != sign.deleted) {
        continue;
      }
      boolean itsLink = line.text().contains(link);
      if (itsLink && otherwise && line.text().contains(state)) {
        return OptionalLong.of(line.micros());
      }
      otherwise |= itsLink && !line.text().contains(state);
    }
    return OptionalLong.empty();
  }

  private static double quantile(List<Long> values, double q) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get((int) Math.min(sorted.size() - 1, Math.floor(q * sorted.size()))) / 1e3;
  }
}
