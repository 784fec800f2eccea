package io.netattach.attach;

import io.netattach.netlink.AddressRequest;
import io.netattach.netlink.BridgeVlanRequest;
import io.netattach.netlink.Errno;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsDirectory.Entry;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Request;
import io.netattach.netlink.Route;
import io.netattach.netlink.RouteRequest;
import io.netattach.netlink.Rtnetlink;
import io.netattach.netlink.Veth;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the plans of one attach, remembers what it did, and takes it back when a step fails.
 * Steps on the same side go to the kernel in one send. For one thread; close it.
 */
final class Execution implements AutoCloseable {
  /** How often another ifindex is tried when the one that was picked is in use. */
  private static final int INDEX_TRIES = 3;

  private final Attachment desired;
  private final Netns node;
  private final Rtnetlink nodeLinks;
  private final NetnsDirectory directory;
  private final Observer observer;
  private final StepText text;

  private final List<Step> done = new ArrayList<>();
  private final List<Step> waiting = new ArrayList<>();
  private Side waitingSide = Side.HOST;

  private @Nullable Netns netns;
  private @Nullable Rtnetlink inside;
  private int hostIndex;
  private int containerIndex;

  Execution(
      Attachment desired,
      Netns node,
      Rtnetlink nodeLinks,
      NetnsDirectory directory,
      Observer observer) {
    this.desired = desired;
    this.node = node;
    this.nodeLinks = nodeLinks;
    this.directory = directory;
    this.observer = observer;
    this.text = new StepText(desired);
  }

  /** What was done so far, in its order. */
  List<Step> done() {
    return done;
  }

  /**
   * Carries out a plan.
   *
   * @throws AttachException when a step fails; everything done so far has been taken back
   */
  void run(Plan plan, ObservedAttachment observed) {
    try {
      if (observed.host() != null) {
        hostIndex = observed.host().link().index();
      }
      if (observed.container() != null) {
        containerIndex = observed.container().link().index();
      }
      if (observed.target() instanceof ObservedAttachment.Target.Present present) {
        enter(present);
      }
      plan.steps().forEach(this::step);
      flush();
    } catch (AttachException e) {
      throw takenBack(e);
    }
  }

  private void enter(ObservedAttachment.Target.Present present) {
    if (netns != null) {
      return;
    }
    NetnsName name = desired.target().netns();
    try {
      Netns opened = directory.open(name);
      if (!opened.identity().equals(present.identity())) {
        opened.close();
        throw new AttachException(
            Reason.CONFLICT, "namespace " + name + " was replaced meanwhile; try again");
      }
      netns = opened;
      inside = Rtnetlink.open(opened);
    } catch (NetlinkException e) {
      throw new AttachException(Reason.KERNEL_ERROR, e.getMessage(), e);
    }
  }

  private void step(Step step) {
    switch (step) {
      case Step.CreateNetns s -> now(s, () -> create(s));
      case Step.DeleteNetns s -> now(s, () -> directory.delete(s.name()));
      case Step.CreateVeth s -> now(s, () -> create(s));
      case Step.SetSysctl s -> now(s, () -> set(s, s.to()));
      case Step.Rename s -> now(s, () -> rename(s.side(), s.to()));
      case Step.MarkNetns s -> batch(Side.CONTAINER, s);
      case Step.LoopbackUp s -> batch(Side.CONTAINER, s);
      case Step.DeleteVeth s -> batch(Side.HOST, s);
      case Step.SetMac s -> batch(s.side(), s);
      case Step.SetMtu s -> batch(s.side(), s);
      case Step.SetAlias s -> batch(Side.HOST, s);
      case Step.ClearGroup s -> batch(s.side(), s);
      case Step.SetBridge s -> batch(Side.HOST, s);
      case Step.SetHairpin s -> batch(Side.HOST, s);
      case Step.SetIsolated s -> batch(Side.HOST, s);
      case Step.AddVlan s -> batch(Side.HOST, s);
      case Step.RemoveVlan s -> batch(Side.HOST, s);
      case Step.SetUp s -> batch(s.side(), s);
      case Step.AddAddress s -> batch(s.side(), s);
      case Step.PromoteSecondaries s -> batch(s.side(), s);
      case Step.RemoveAddress s -> batch(s.side(), s);
      case Step.AddRoute s -> batch(s.side(), s);
      case Step.RemoveRoute s -> batch(s.side(), s);
    }
  }

  private void now(Step step, Runnable action) {
    flush();
    try {
      action.run();
      done.add(step);
    } catch (NetlinkException e) {
      throw failed(step, e);
    }
  }

  private void batch(Side side, Step step) {
    if (side != waitingSide) {
      flush();
      waitingSide = side;
    }
    waiting.add(step);
  }

  private void flush() {
    if (waiting.isEmpty()) {
      return;
    }
    List<Step> steps = List.copyOf(waiting);
    waiting.clear();
    List<@Nullable NetlinkException> results;
    try {
      results = links(waitingSide).executeAll(steps.stream().map(this::request).toList());
    } catch (NetlinkException e) {
      throw failed(steps.getFirst(), e);
    }
    AttachException first = null;
    for (int i = 0; i < steps.size(); i++) {
      NetlinkException error = results.get(i);
      if (error == null || isDone(steps.get(i), error)) {
        done.add(steps.get(i));
      } else if (first == null) {
        first = failed(steps.get(i), error);
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /**
   * Whether what a removal was to remove is gone anyway, perhaps with what was removed before it.
   */
  private static boolean isDone(Step step, NetlinkException error) {
    return switch (step) {
      case Step.DeleteVeth s -> error.is(Errno.ENODEV);
      case Step.RemoveAddress s -> error.is(Errno.EADDRNOTAVAIL);
      case Step.RemoveRoute s -> error.is(Errno.ESRCH);
      case Step.RemoveVlan s -> error.is(Errno.ENOENT);
      default -> false;
    };
  }

  private Request request(Step step) {
    return switch (step) {
      case Step.MarkNetns s -> LinkRequest.set(Observer.LOOPBACK_INDEX).alias(s.to().toString());
      case Step.LoopbackUp s -> LinkRequest.set(Observer.LOOPBACK_INDEX).up();
      case Step.DeleteVeth s -> LinkRequest.delete(hostIndex);
      case Step.SetMac s -> LinkRequest.set(index(s.side())).mac(s.to());
      case Step.SetMtu s -> LinkRequest.set(index(s.side())).mtu(s.to());
      case Step.SetAlias s -> LinkRequest.set(hostIndex).alias(s.to());
      case Step.ClearGroup s -> LinkRequest.set(index(s.side())).group(0);
      case Step.SetBridge s -> LinkRequest.set(hostIndex).master(bridgeIndex(s.to()));
      case Step.SetHairpin s -> LinkRequest.set(hostIndex).hairpin(s.to());
      case Step.SetIsolated s -> LinkRequest.set(hostIndex).isolated(s.to());
      case Step.AddVlan s -> BridgeVlanRequest.add(hostIndex, s.vlan());
      case Step.RemoveVlan s -> BridgeVlanRequest.delete(hostIndex, s.vlan());
      case Step.SetUp s -> LinkRequest.set(index(s.side())).up();
      case Step.AddAddress s ->
          AddressRequest.add(index(s.side()), s.address()).noDad().protocol(Mark.PROTOCOL);
      case Step.PromoteSecondaries s -> LinkRequest.set(index(s.side())).promoteSecondaries(true);
      case Step.RemoveAddress s -> AddressRequest.delete(s.address());
      case Step.AddRoute s -> {
        Route route = s.route().through(index(s.side()));
        yield s.beside() ? RouteRequest.append(route) : RouteRequest.add(route);
      }
      case Step.RemoveRoute s -> RouteRequest.delete(s.route());
      case Step.CreateNetns s -> throw notBatched(s);
      case Step.DeleteNetns s -> throw notBatched(s);
      case Step.CreateVeth s -> throw notBatched(s);
      case Step.SetSysctl s -> throw notBatched(s);
      case Step.Rename s -> throw notBatched(s);
    };
  }

  private static IllegalStateException notBatched(Step step) {
    return new IllegalStateException("not a single request: " + step);
  }

  private int index(Side side) {
    return side == Side.HOST ? hostIndex : containerIndex;
  }

  private Rtnetlink links(Side side) {
    if (side == Side.HOST) {
      return nodeLinks;
    }
    if (inside == null) {
      throw new IllegalStateException("the target is opened or made before its links are changed");
    }
    return inside;
  }

  private Netns netns(Side side) {
    if (side == Side.HOST) {
      return node;
    }
    if (netns == null) {
      throw new IllegalStateException("the target is opened or made before its links are changed");
    }
    return netns;
  }

  private int bridgeIndex(String name) {
    return name.isEmpty()
        ? 0
        : nodeLinks
            .link(new InterfaceName(name))
            .orElseThrow(() ->
                new AttachException(Reason.INVALID_SPEC, "bridge " + name + " has gone meanwhile"))
            .index();
  }

  private void create(Step.CreateNetns step) {
    if (directory.entry(step.name()) instanceof Entry.MountPoint(String marker)
        && Mark.parse(marker).isPresent()) {
      directory.delete(step.name());
    }
    String mark = step.mark().toString();
    Netns made =
        directory.create(
            step.name(),
            mark + "\n",
            fresh -> {
              try (Rtnetlink links = Rtnetlink.open(fresh)) {
                links.execute(LinkRequest.set(Observer.LOOPBACK_INDEX).alias(mark));
                links.execute(LinkRequest.set(Observer.LOOPBACK_INDEX).up());
              }
            });
    netns = made;
    inside = Rtnetlink.open(made);
  }

  /**
   * Makes the pair and its marks in one send, so that a kill leaves all of it or nothing. The marks
   * name the link by the ifindex that it asks for, which is free: should the pair not come to be,
   * they meet nothing.
   */
  private void create(Step.CreateVeth step) {
    for (int attempt = 1; ; attempt++) {
      int index = Veth.freshIndex();
      int peerIndex = Veth.freshIndex();
      if (nodeLinks.link(index).isEmpty()) {
        List<@Nullable NetlinkException> results =
            nodeLinks.executeAll(
                List.of(
                    veth(step, index, peerIndex).request(),
                    LinkRequest.addAltname(index, step.altname()),
                    LinkRequest.set(index).alias(step.mark().toString())));
        NetlinkException creation = results.getFirst();
        if (creation == null) {
          hostIndex = index;
          containerIndex = peerIndex;
          marked(results.subList(1, results.size()));
          return;
        }
        if (!creation.is(Errno.EBUSY) || attempt == INDEX_TRIES) {
          throw creation;
        }
      } else if (attempt == INDEX_TRIES) {
        throw new AttachException(
            Reason.KERNEL_ERROR, "found no free ifindex in " + INDEX_TRIES + " tries");
      }
    }
  }

  private Veth veth(Step.CreateVeth step, int index, int peerIndex) {
    return new Veth(
        new Veth.End(index, step.hostName(), step.hostMac(), step.mtu(), null),
        new Veth.End(
            peerIndex,
            step.containerName(),
            step.containerMac(),
            step.mtu(),
            netns(Side.CONTAINER)));
  }

  /** A pair without its marks would not be known for ours later. */
  private void marked(List<@Nullable NetlinkException> results) {
    for (NetlinkException error : results) {
      if (error != null) {
        nodeLinks.execute(LinkRequest.delete(hostIndex));
        throw error;
      }
    }
  }

  private void set(Step.SetSysctl step, String value) {
    try {
      step.sysctl().set(netns(step.side()), value);
    } catch (NetlinkException e) {
      // Without IPv6 in the kernel, or on a link too small for it, it is as off as can be.
      boolean offAlready =
          e.is(Errno.ENOENT) && value.equals("1") && step.sysctl().path().endsWith("/disable_ipv6");
      if (!offAlready) {
        throw e;
      }
    }
  }

  private void rename(Side side, InterfaceName name) {
    Request rename = LinkRequest.set(index(side)).name(name);
    try {
      links(side).execute(rename);
    } catch (NetlinkException e) {
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      // Before Linux 6.2 only a link that is down can be renamed; what that costs is planned again.
      links(side).execute(LinkRequest.set(index(side)).down());
      links(side).execute(rename);
      links(side).execute(LinkRequest.set(index(side)).up());
    }
  }

  private AttachException failed(Step step, NetlinkException e) {
    String said =
        e.errno()
            .map(errno -> errno + e.kernelMessage().map(m -> ": kernel says: " + m).orElse(""))
            .orElseGet(e::getMessage);
    boolean taken = e.is(Errno.EEXIST);
    String help =
        taken && step instanceof Step.AddRoute
            ? "; the namespace has a route with this destination and metric, write another metric"
            : "";
    return new AttachException(
        taken ? Reason.CONFLICT : Reason.KERNEL_ERROR, text.words(step) + ": " + said + help, e);
  }

  /** Takes back everything done so far, in reverse; the exception, with what could not be. */
  AttachException takenBack(AttachException cause) {
    List<Step> steps = done;
    int pair = lastCreatedPair();
    if (pair >= 0) {
      // Whatever was done to the pair since goes with it.
      steps = new ArrayList<>(done.subList(0, pair + 1));
    }
    List<String> left = new ArrayList<>();
    for (Step step : steps.reversed()) {
      try {
        takeBack(step);
      } catch (NetlinkException | AttachException | IllegalArgumentException e) {
        left.add(text.words(step) + ": " + e.getMessage());
      }
    }
    done.clear();
    return left.isEmpty()
        ? cause
        : new AttachException(
            cause.reason(),
            cause.getMessage() + "; could not take back: " + String.join("; ", left),
            cause);
  }

  private int lastCreatedPair() {
    for (int i = done.size() - 1; i >= 0; i--) {
      if (done.get(i) instanceof Step.CreateVeth) {
        return i;
      }
    }
    return -1;
  }

  private void takeBack(Step step) {
    switch (step) {
      case Step.CreateNetns s -> {
        if (observer.occupants(s.name(), desired.identity().uid()).isEmpty()) {
          directory.delete(s.name());
        }
      }
      case Step.CreateVeth s -> nodeLinks.execute(LinkRequest.delete(hostIndex));
      case Step.MarkNetns s ->
          links(Side.CONTAINER)
              .execute(LinkRequest.set(Observer.LOOPBACK_INDEX).alias(s.from().toString()));
      case Step.Rename s -> rename(s.side(), new InterfaceName(s.from()));
      case Step.SetMac s -> links(s.side()).execute(LinkRequest.set(index(s.side())).mac(s.from()));
      case Step.SetMtu s -> links(s.side()).execute(LinkRequest.set(index(s.side())).mtu(s.from()));
      case Step.SetAlias s -> nodeLinks.execute(LinkRequest.set(hostIndex).alias(s.from()));
      case Step.SetBridge s ->
          nodeLinks.execute(LinkRequest.set(hostIndex).master(bridgeIndex(s.from())));
      case Step.SetHairpin s -> nodeLinks.execute(LinkRequest.set(hostIndex).hairpin(!s.to()));
      case Step.SetIsolated s -> nodeLinks.execute(LinkRequest.set(hostIndex).isolated(!s.to()));
      case Step.AddVlan s -> nodeLinks.execute(BridgeVlanRequest.delete(hostIndex, s.vlan()));
      case Step.RemoveVlan s -> nodeLinks.execute(BridgeVlanRequest.add(hostIndex, s.vlan()));
      case Step.SetSysctl s -> {
        if (!s.from().isEmpty()) {
          set(s, s.from());
        }
      }
      case Step.AddAddress s ->
          links(s.side()).execute(AddressRequest.delete(index(s.side()), s.address()));
      case Step.RemoveAddress s ->
          links(s.side())
              .execute(
                  AddressRequest.add(index(s.side()), s.address().local())
                      .noDad()
                      .protocol(Mark.PROTOCOL));
      case Step.AddRoute s ->
          links(s.side()).execute(RouteRequest.delete(s.route().through(index(s.side()))));
      case Step.RemoveRoute s -> links(s.side()).execute(RouteRequest.add(s.route()));
      // Nothing was made by these that anybody would miss.
      case Step.LoopbackUp s -> {}
      case Step.ClearGroup s -> {}
      case Step.SetUp s -> {}
      case Step.PromoteSecondaries s -> {}
      // What is gone cannot be made as it was; the next attach makes it as desired.
      case Step.DeleteVeth s -> {}
      case Step.DeleteNetns s -> {}
    }
  }

  @Override
  public void close() {
    if (inside != null) {
      inside.close();
    }
    if (netns != null) {
      netns.close();
    }
  }
}
