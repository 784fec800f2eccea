package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.Lookalikes;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A node for one test: a fresh namespace that stands for it, with an attacher at work. Named
 * namespaces are those of the sandbox, which has none to begin with; all go when this is closed.
 */
final class TestNode implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final Owner OWNER = new Owner("6f1c0f2e-1b1c-4a55-9a37-0f6f2f0f2b11");

  final Netns netns = Netns.create();
  final Attacher attacher;
  private final Ip ip = Ip.in(netns);

  TestNode() {
    this(NodePolicy.defaults());
  }

  TestNode(NodePolicy policy) {
    attacher = new Attacher(netns, policy, new Ownership(OWNER, false));
    ip("link set lo up");
  }

  /** Another one at work on this node; the caller closes it. */
  Attacher attacher(NodePolicy policy, Ownership ownership) {
    return new Attacher(netns, policy, ownership);
  }

  Attached attach(Attachments desired) {
    return attacher.attach(desired.get());
  }

  Detached detach(Attachments attachment) {
    return attacher.detach(attachment.get());
  }

  Plan plan(Attachments desired) {
    return attacher.plan(desired.get(), List.of());
  }

  /** That it is as desired: another attach has nothing to do. */
  void isAttached(Attachments desired) {
    assertThat(attach(desired).steps()).as("steps of one more attach").isEmpty();
  }

  /** That it cannot be attached, for this reason; the exception, to look at. */
  AttachException refuses(Attachments desired, Reason reason) {
    AttachException refusal = catchThrowableOfType(AttachException.class, () -> attach(desired));
    assertThat(refusal).as("that %s is not attached", desired.identity()).isNotNull();
    assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
    return refusal;
  }

  /** The node as iproute2 sees it. */
  Ip ip() {
    return ip;
  }

  /** Runs {@code ip}, on the node; in a namespace with {@code -n}. */
  String ip(String arguments) {
    return ip.ip(arguments);
  }

  /** Runs commands in a shell on the node, until one fails. */
  String shell(String script) {
    return ip.shell(script);
  }

  JsonNode json(String arguments) {
    return ip.json(arguments);
  }

  String bridgeCommand(String arguments) {
    return ip.bridge(arguments);
  }

  JsonNode bridge(String arguments) {
    return ip.bridgeJson(arguments);
  }

  /** A link of the node. */
  JsonNode link(String name) {
    return ip.link(name);
  }

  /** A link in a named namespace. */
  JsonNode link(String netns, String name) {
    return ip.one("-n " + netns + " link show dev " + name);
  }

  boolean hasLink(String name) {
    return ip.hasLink(name);
  }

  boolean hasNetns(String name) {
    return Files.exists(NetnsDirectory.system().path(new NetnsName(name)));
  }

  /** A setting of the node, by its path below /proc/sys. */
  String sysctl(String path) {
    return ip.command("cat /proc/sys/" + path).strip();
  }

  /** A setting in a named namespace. */
  String sysctl(String netns, String path) {
    return ip("netns exec " + netns + " cat /proc/sys/" + path).strip();
  }

  void awaitCarrier(String hostLink) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> link(hostLink).path("operstate").asText().equals("UP"));
  }

  /** Whether a connection from a named namespace to an address of the node comes about. */
  boolean canConnect(String from, String address) {
    try (Netns target = Netns.open(new NetnsName(from));
        ServerSocket server =
            netns.call(() -> new ServerSocket(0, 1, InetAddress.getByName(address)));
        Socket client = target.call(Socket::new)) {
      return target.call(() -> {
        // The first packets may come before the carrier; they are sent again after a second or two.
        client.connect(server.getLocalSocketAddress(), Math.toIntExact(PATIENCE.toMillis()));
        return client.isConnected();
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes what looks like an attachment that is there, and is not. */
  Lookalikes lookalikes(String host, String netns) {
    return Lookalikes.of(ip, host, netns);
  }

  State state(String... namespaces) {
    return State.of(ip, namespaces);
  }

  /** Where another process finds this node's namespace. */
  Path file() {
    Path descriptors = Path.of("/proc/" + ProcessHandle.current().pid() + "/fd");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(descriptors)) {
      for (Path file : files) {
        if (Files.isSymbolicLink(file)
            && Files.readSymbolicLink(file).toString().equals(netns.toString())) {
          return file;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("no descriptor is open on " + netns);
  }

  @Override
  public void close() {
    attacher.close();
    for (NetnsName name : NetnsDirectory.system().files()) {
      NetnsDirectory.system().delete(name);
    }
    netns.close();
  }
}
