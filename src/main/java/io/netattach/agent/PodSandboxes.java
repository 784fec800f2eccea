package io.netattach.agent;

import io.netattach.api.PodTarget;
import io.netattach.attach.AttachException;
import io.netattach.attach.Reason;
import io.netattach.cri.ContainerRuntime;
import io.netattach.cri.CriException;
import io.netattach.cri.Pod;
import io.netattach.cri.Sandbox;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsDirectory.Entry;
import io.netattach.netlink.NetnsName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which network namespace is a pod's, and which pod has a network namespace. Safe for use by
 * several threads.
 */
final class PodSandboxes {
  /** Where named namespaces are; on every node /var/run leads to /run. */
  private static final Pattern NAMED = Pattern.compile("(?:/var)?/run/netns/([^/]+)");

  /** As containerd and CRI-O name the namespaces that they make. */
  private static final Pattern OF_A_RUNTIME =
      Pattern.compile("(?:cni-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final ContainerRuntime runtime;
  private final Netns.Identity node;
  private final NetnsDirectory directory = NetnsDirectory.system();

  private final ReentrantLock learning = new ReentrantLock();

  /** Places by the ids of sandboxes, which never move; those that are gone are dropped. */
  private final Map<String, Place> places = new HashMap<>();

  /**
   * A sandbox and where it is.
   *
   * @param identity that of the namespace
   */
  record Placed(Sandbox sandbox, NetnsName netns, Netns.Identity identity) {}

  /**
   * What a sandbox's namespace is known by.
   *
   * @param netns its name; null where it has none
   * @param identity null where it cannot be opened from here
   */
  private record Place(@Nullable NetnsName netns, Netns.@Nullable Identity identity) {
    boolean is(NetnsName otherName, Netns.Identity otherIdentity) {
      return otherName.equals(netns) || otherIdentity.equals(identity);
    }
  }

  /** There is no sandbox, or it cannot be asked for one: it is worth to look again soon. */
  static final class NoSandbox extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean unanswered;

    NoSandbox(String message, boolean unanswered) {
      super(message);
      this.unanswered = unanswered;
    }

    /** Whether the runtime did not answer, so that there may well be one. */
    boolean isUnanswered() {
      return unanswered;
    }

    AttachException told() {
      return new AttachException(Reason.TARGET_NOT_FOUND, String.valueOf(getMessage()));
    }
  }

  /**
   * @param node the node's own namespace
   */
  PodSandboxes(ContainerRuntime runtime, Netns.Identity node) {
    this.runtime = runtime;
    this.node = node;
  }

  /**
   * Where a pod runs now.
   *
   * @param namespace the Kubernetes namespace that the pod must be of
   * @throws NoSandbox when it does not run
   * @throws AttachException when nothing may be attached to it, or its namespace cannot be found
   */
  Placed of(PodTarget target, String namespace) {
    String name = String.valueOf(target.name());
    Sandbox sandbox = sandbox(name, String.valueOf(target.uid()));
    Pod pod = sandbox.pod();
    if (!pod.namespace().equals(namespace) || !pod.name().equals(name)) {
      // Whoever may write the uid may not reach into pods of others by that.
      throw refused(
          "target.pod.uid: "
              + pod.uid()
              + " is not of pod "
              + namespace
              + "/"
              + name
              + "; leave it out, so that the controller fills it in");
    }
    return switch (sandbox.network()) {
      case Sandbox.Network.OfNode() -> throw usesNodesNetwork(name);
      case Sandbox.Network.Untold() ->
          throw notFound(
              "the container runtime does not tell the network namespace of pod " + name + " yet");
      case Sandbox.Network.Own(String path) -> placed(sandbox, name, path);
    };
  }

  private Sandbox sandbox(String name, String uid) {
    try {
      return runtime
          .sandboxOf(uid)
          .orElseThrow(() ->
              new NoSandbox(
                  "pod " + name + " does not run on this node, or not yet; waiting for its sandbox",
                  false));
    } catch (CriException e) {
      throw new NoSandbox("pod " + name + " cannot be looked for: " + e.getMessage(), true);
    }
  }

  private Placed placed(Sandbox sandbox, String pod, String path) {
    NetnsName netns =
        named(path)
            .orElseThrow(() ->
                refused(
                    "the network namespace of pod "
                        + pod
                        + " is "
                        + path
                        + ", and only those under /run/netns can be attached to; have the container"
                        + " runtime keep them there (CRI-O: namespaces_dir = \"/var/run\")"));
    Netns.Identity identity =
        identity(netns)
            .orElseThrow(() ->
                notFound(
                    "the agent does not see "
                        + path
                        + ", the network namespace of pod "
                        + pod
                        + "; if it does not come, mount the node's /run/netns into the agent's pod"
                        + " with mountPropagation"));
    if (identity.equals(node)) {
      throw usesNodesNetwork(pod);
    }
    return new Placed(sandbox, netns, identity);
  }

  private static AttachException usesNodesNetwork(String pod) {
    return refused(
        "pod "
            + pod
            + " uses the node's network (hostNetwork: true), which nothing is attached to; name a pod"
            + " that has a network of its own");
  }

  /** The name that a path stands for; empty for one elsewhere. */
  static Optional<NetnsName> named(String path) {
    return Optional.of(NAMED.matcher(path))
        .filter(matcher -> matcher.matches())
        .flatMap(matcher -> {
          try {
            return Optional.of(new NetnsName(matcher.group(1)));
          } catch (IllegalArgumentException e) {
            return Optional.empty();
          }
        });
  }

  /** Whether a name is of the form of those that runtimes give. */
  static boolean isOfRuntime(NetnsName name) {
    return OF_A_RUNTIME.matcher(name.value()).matches();
  }

  /** The namespace that has a name; empty where none is mounted there. */
  Optional<Netns.Identity> identity(NetnsName name) {
    if (directory.entry(name) instanceof Entry.Mounted(Netns netns)) {
      netns.close();
      return Optional.of(netns.identity());
    }
    return Optional.empty();
  }

  /** Whether the name is still that namespace's. */
  boolean isThere(Placed placed) {
    return directory.leadsTo(placed.netns(), placed.identity());
  }

  /**
   * Whether the pod still runs there.
   *
   * @throws CriException when the runtime does not answer
   */
  boolean isCurrent(Placed placed) {
    return isThere(placed) && runtime.isReady(placed.sandbox());
  }

  /**
   * Refuses a namespace that is a pod's, by whatever name: whoever could attach to it would be in
   * pods of others. Told by the form of the name, for a node may have a runtime that is not asked,
   * and by the names and inodes of the namespaces that the container runtime knows.
   *
   * @throws AttachException when it is, or the runtime does not answer
   */
  void refuseIfPods(NetnsName name, Netns.Identity identity) {
    if (isOfRuntime(name)) {
      throw refused(
          "namespace "
              + name
              + " is named as container runtimes name those of pods; use target.pod for a pod, or"
              + " give the namespace another name");
    }
    if (!runtime.isThere()) {
      return;
    }
    // What a list that is older leaves out must not be dropped before it is looked at.
    learning.lock();
    try {
      learn(runtime.sandboxes());
      if (places.values().stream().anyMatch(place -> place.is(name, identity))) {
        throw refused("namespace " + name + " is the namespace of a pod; use target.pod");
      }
    } catch (CriException e) {
      throw notFound("whether namespace " + name + " is a pod's cannot be told: " + e.getMessage());
    } finally {
      learning.unlock();
    }
  }

  /** Each sandbox is asked for once, unless it has not told its namespace yet. */
  private void learn(List<ContainerRuntime.Listed> running) {
    Set<String> ids = running.stream().map(ContainerRuntime.Listed::id).collect(Collectors.toSet());
    places.keySet().retainAll(ids);
    ids.removeAll(places.keySet());
    for (String id : ids) {
      runtime.sandbox(id).flatMap(this::place).ifPresent(place -> places.put(id, place));
    }
  }

  private Optional<Place> place(Sandbox sandbox) {
    return switch (sandbox.network()) {
      case Sandbox.Network.OfNode() -> Optional.of(new Place(null, null));
      case Sandbox.Network.Untold() -> Optional.empty();
      case Sandbox.Network.Own(String path) -> {
        NetnsName netns = named(path).orElse(null);
        yield Optional.of(new Place(netns, netns == null ? null : identity(netns).orElse(null)));
      }
    };
  }

  private static AttachException refused(String message) {
    return new AttachException(Reason.REFUSED, message);
  }

  private static AttachException notFound(String message) {
    return new AttachException(Reason.TARGET_NOT_FOUND, message);
  }
}
