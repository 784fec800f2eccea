package io.netattach.attach;

import io.netattach.attach.Attachment.BridgePort;
import io.netattach.attach.ObservedAttachment.Overlap;
import io.netattach.attach.ObservedAttachment.Target;
import io.netattach.netlink.Link;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an attachment may be carried out as things are: what is in its way, and what this
 * node does not allow. A pure function of desired and observed.
 */
final class Admission {
  private final NodePolicy policy;
  private final Ownership ownership;

  Admission(NodePolicy policy, Ownership ownership) {
    this.policy = policy;
    this.ownership = ownership;
  }

  /**
   * Lets an attachment pass.
   *
   * @throws AttachException with the reason when it may not
   */
  void check(Attachment desired, ObservedAttachment observed) {
    checkTarget(desired, observed.target());
    checkHost(desired, observed);
    checkContainer(desired, observed);
  }

  private void checkTarget(Attachment desired, Target target) {
    Attachment.Target wanted = desired.target();
    switch (target) {
      case Target.Node() ->
          throw new AttachException(
              Reason.REFUSED,
              "namespace " + wanted.netns() + " is the node's own; attach to another one, always");
      case Target.Elsewhere() ->
          throw new AttachException(
              Reason.REFUSED,
              "/run/netns/"
                  + wanted.netns()
                  + " is a symbolic link, which may lead to any namespace; name the namespace itself");
      case Target.Blocked(String by) ->
          throw new AttachException(
              Reason.CONFLICT,
              "/run/netns/" + wanted.netns() + " is " + by + ", not a namespace; remove it");
      case Target.Absent(), Target.Unfinished() -> {
        if (!wanted.create()) {
          throw new AttachException(
              Reason.TARGET_NOT_FOUND,
              "namespace "
                  + wanted.netns()
                  + " does not exist; make it, or write target.netns.create: true");
        }
        if (!policy.createsNetns()) {
          throw new AttachException(
              Reason.TARGET_NOT_FOUND,
              "namespace "
                  + wanted.netns()
                  + " does not exist, and none is made on this node (--existing-netns-only); make it"
                  + " there, such as with ip netns add "
                  + wanted.netns());
        }
      }
      case Target.Present present -> present.mark().ifPresent(mark -> checkShared(desired, mark));
    }
  }

  private void checkShared(Attachment desired, Mark mark) {
    if (!policy.sharedNetns() && !mark.namespace().equals(desired.identity().namespace())) {
      throw new AttachException(
          Reason.REFUSED,
          "namespace "
              + desired.target().netns()
              + " was made for "
              + PrintableText.of(mark.namespace() + "/" + mark.name())
              + " of another Kubernetes namespace; allow it with --allow-shared-netns");
    }
  }

  private void checkHost(Attachment desired, ObservedAttachment observed) {
    observed
        .hostMark()
        .filter(mark -> !ownership.covers(mark.owner()))
        .ifPresent(mark -> {
          throw new AttachException(
              Reason.CONFLICT, ownership.conflict(desired.identity(), mark.owner()));
        });
    ObservedAttachment.End found = observed.host();
    if (found != null
        && observed.container() == null
        && !Mark.isSurely(found.link(), desired.identity())) {
      // Its other end is elsewhere, so the pair would be deleted.
      throw new AttachException(Reason.CONFLICT, doubt(found.link(), desired.identity()));
    }
    Attachment.HostEnd host = desired.host();
    refuse("host.interface", policy.refusesName(host.name()));
    Link taken = observed.hostNameTaken();
    if (taken != null) {
      throw new AttachException(
          Reason.CONFLICT,
          "host.interface: \""
              + host.name()
              + "\" is taken by link "
              + taken.index()
              + " of this node"
              + told(taken)
              + "; "
              + (isUnmarked(desired, taken)
                  ? lostMark(desired, host.name().value())
                  : "write another name, or remove that link"));
    }
    for (int i = 0; i < host.addresses().size(); i++) {
      refuse("host.addresses[" + i + "]", policy.refusesNetwork(host.addresses().get(i)));
    }
    for (int i = 0; i < host.routes().size(); i++) {
      refuse("host.routes[" + i + "].to", policy.refusesNetwork(host.routes().get(i).to()));
    }
    for (Overlap overlap : observed.overlaps()) {
      if (!policy.allowsOverlap(overlap.network())) {
        throw new AttachException(
            Reason.REFUSED,
            overlap.field()
                + ": "
                + overlap.network()
                + " overlaps "
                + overlap.existing()
                + " of this node; write another, or allow it with --allow-host-network "
                + overlap.network());
      }
    }
    if (host.bridge() != null) {
      checkBridge(desired, host.bridge(), observed.bridge());
    }
  }

  /** Whether a link says that it is this attachment's without the mark that decides. */
  static boolean isUnmarked(Attachment desired, Link link) {
    return link.isVeth()
        && Mark.uid(link).isEmpty()
        && Mark.parse(link.alias()).filter(mark -> mark.isFor(desired.identity())).isPresent();
  }

  static String lostMark(Attachment desired, String link) {
    return "it has lost the mark that says that it is ours; remove it, or give the mark back by ip"
        + " link property add dev "
        + link
        + " altname "
        + Mark.altname(desired.identity().uid());
  }

  /** What is to be done about a link that has nothing but the alternative name of an attachment. */
  static String doubt(Link link, Identity identity) {
    String altname = Mark.altname(identity.uid());
    return "link "
        + link.name()
        + " has the alternative name "
        + altname
        + " of this attachment, but neither its alias nor its MAC address, so it may be somebody"
        + " else's; remove it, or take the name off by ip link property del dev "
        + link.name()
        + " altname "
        + altname;
  }

  private void checkBridge(Attachment desired, BridgePort port, @Nullable Link bridge) {
    refuse("host.bridge", policy.refusesBridge(port.bridge(), port.vlan()));
    if (bridge == null) {
      throw new AttachException(
          Reason.INVALID_SPEC,
          "host.bridge.name: \"" + port.bridge() + "\" does not exist on this node; make it first");
    }
    if (bridge.bridge() == null) {
      throw new AttachException(
          Reason.INVALID_SPEC,
          "host.bridge.name: \""
              + port.bridge()
              + "\" is not a bridge"
              + told(bridge)
              + "; write the name of one");
    }
    if (port.vlan() != 0 && !bridge.bridge().vlanFiltering()) {
      throw new AttachException(
          Reason.INVALID_SPEC,
          "host.bridge.vlan: bridge "
              + port.bridge()
              + " does not filter VLANs, so "
              + port.vlan()
              + " would have no effect; leave it out, or have the bridge's owner switch on"
              + " vlan_filtering");
    }
    if (desired.mtu() != 0 && desired.mtu() != bridge.mtu()) {
      throw new AttachException(
          Reason.REFUSED,
          "container.mtu: "
              + desired.mtu()
              + " would change bridge "
              + port.bridge()
              + ", whose MTU is "
              + bridge.mtu()
              + "; write that, or leave it out");
    }
  }

  private void checkContainer(Attachment desired, ObservedAttachment observed) {
    desired.container().sysctls().keySet().stream()
        .sorted()
        .forEach(name -> refuse("container.sysctls[\"" + name + "\"]", policy.refusesSysctl(name)));
    Link taken = observed.containerNameTaken();
    if (taken != null) {
      throw new AttachException(
          Reason.CONFLICT,
          "container.interface: \""
              + desired.container().name()
              + "\" is taken by link "
              + taken.index()
              + " in namespace "
              + desired.target().netns()
              + told(taken)
              + "; write another name");
    }
  }

  private static String told(Link link) {
    return (link.kind().isEmpty() ? "" : " (" + link.kind() + ")")
        + (link.alias().isEmpty() ? "" : " with alias \"" + PrintableText.of(link.alias()) + "\"");
  }

  private static void refuse(String field, Optional<String> why) {
    if (why.isPresent()) {
      throw new AttachException(Reason.REFUSED, field + ": " + why.get());
    }
  }
}
