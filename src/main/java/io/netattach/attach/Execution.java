package io.netattach.attach;

import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.BridgeVlanRequest;
import io.netattach.netlink.Errno;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsDirectory.Entry;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Request;
import io.netattach.netlink.Rtnetlink;
import io.netattach.netlink.Veth;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the plans of one attach, remembers what it did, and takes it back when a step fails.
 * Steps on the same side go to the kernel in one send. For one thread.
 */
final class Execution {
  /** How often another ifindex is tried when the one that was picked is in use. */
  private static final int INDEX_TRIES = 3;

  private final Attachment desired;
  private final NetnsDirectory directory;
  private final Observer observer;
  private final OpenEnds ends;
  private final ReentrantLock changing;
  private final StepText text;

  private final List<Step> done = new ArrayList<>();
  private final List<Step> waiting = new ArrayList<>();
  private Side waitingSide = Side.HOST;

  /** Whether an earlier attempt left a file of ours in the target's place. */
  private boolean unfinished;

  /** Whether a step was tried. */
  private boolean started;

  private ObservedAttachment.@Nullable End hostBefore;

  /**
   * @param ends in which the target is open, if it is there; not closed here
   * @param changing who has it changes links; making a namespace takes none
   */
  Execution(
      Attachment desired,
      NetnsDirectory directory,
      Observer observer,
      OpenEnds ends,
      ReentrantLock changing) {
    this.desired = desired;
    this.directory = directory;
    this.observer = observer;
    this.ends = ends;
    this.changing = changing;
    this.text = new StepText(desired);
  }

  /** What was done so far, in its order. */
  List<Step> done() {
    return done;
  }

  /** Whether the namespace that was worked in is still the one of the target's name. */
  boolean isWhereNamed() {
    return directory.leadsTo(desired.target().netns(), ends.netns(Side.CONTAINER).identity());
  }

  /**
   * Carries out a plan.
   *
   * @throws AttachException when a step fails; everything done so far has been taken back
   */
  void run(Plan plan, ObservedAttachment observed) {
    started = true;
    try {
      unfinished = observed.target() instanceof ObservedAttachment.Target.Unfinished;
      if (observed.host() != null) {
        ends.found(Side.HOST, observed.host().link().index());
        hostBefore = hostBefore == null && done.isEmpty() ? observed.host() : hostBefore;
      }
      if (observed.container() != null) {
        ends.found(Side.CONTAINER, observed.container().link().index());
      }
      plan.steps().forEach(this::step);
      flush();
    } catch (AttachException e) {
      throw takenBack(e);
    }
  }

  private void step(Step step) {
    Side side = StepRequests.side(step);
    if (side != null) {
      // The kernel goes on after a message that failed: nothing is removed before all that is to be
      // added is there.
      boolean firstRemoval = removes(step) && !waiting.isEmpty() && !removes(waiting.getLast());
      if (side != waitingSide || firstRemoval) {
        flush();
        waitingSide = side;
      }
      waiting.add(step);
      return;
    }
    flush();
    try {
      carryOut(step);
      done.add(step);
    } catch (NetlinkException e) {
      throw failed(step, e);
    }
  }

  private static boolean removes(Step step) {
    return step instanceof Step.RemoveAddress || step instanceof Step.RemoveRoute;
  }

  /** The steps that are more than one request. */
  private void carryOut(Step step) {
    switch (step) {
      case Step.CreateNetns s -> create(s);
      case Step.DeleteNetns s -> deleteStray(s.name());
      default -> {
        changing.lock();
        try {
          carryOutAlone(step);
        } finally {
          changing.unlock();
        }
      }
    }
  }

  /** Looked at again: by now the name may be somebody else's, or something may be in it. */
  private void deleteStray(NetnsName name) {
    if (directory.entry(name) instanceof Entry.Mounted(Netns netns)) {
      try (netns) {
        if (observer.isStray(netns, desired.identity())) {
          directory.delete(name, netns.identity());
        }
      }
    }
  }

  private void carryOutAlone(Step step) {
    switch (step) {
      case Step.CreateVeth s -> create(s);
      case Step.SetSysctl s -> set(s, s.to());
      case Step.Rename s -> rename(s.side(), s.to());
      default -> throw new IllegalStateException("a single request: " + step);
    }
  }

  /** Sends the steps that wait; those after one that fails are done all the same. */
  private void flush() {
    if (waiting.isEmpty()) {
      return;
    }
    List<Step> steps = List.copyOf(waiting);
    waiting.clear();
    List<@Nullable NetlinkException> results;
    changing.lock();
    try {
      List<Request> requests = steps.stream().map(s -> StepRequests.of(s, ends)).toList();
      results = ends.links(waitingSide).executeAll(requests);
    } catch (NetlinkException e) {
      throw failed(steps.getFirst(), e);
    } finally {
      changing.unlock();
    }
    AttachException first = null;
    for (int i = 0; i < steps.size(); i++) {
      NetlinkException error = results.get(i);
      if (error == null || isDone(steps.get(i), error)) {
        done.add(steps.get(i));
        continue;
      }
      if (steps.get(i) instanceof Step.SetBridge) {
        // The kernel has taken the link out of its old bridge before it tries the new one.
        done.add(steps.get(i));
      }
      if (first == null) {
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

  private void create(Step.CreateNetns step) {
    if (unfinished) {
      removeUnfinished(step.name());
    }
    String mark = step.mark().toString();
    directory.create(
        step.name(),
        mark + "\n",
        fresh -> {
          ends.take(fresh);
          ends.links(Side.CONTAINER)
              .execute(LinkRequest.set(Observer.LOOPBACK_INDEX).alias(mark).up());
        });
  }

  private void removeUnfinished(NetnsName name) {
    if (directory.entry(name) instanceof Entry.MountPoint(String marker)
        && Mark.parse(marker).isPresent()) {
      directory.deleteMountPoint(name);
    }
  }

  /**
   * Makes the pair and its marks in one send, so that a kill leaves all of it or nothing. The marks
   * name the link by the ifindex that it asks for, which is free: should the pair not come to be,
   * they meet nothing.
   */
  private void create(Step.CreateVeth step) {
    Rtnetlink nodeLinks = ends.links(Side.HOST);
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
          ends.found(Side.HOST, index);
          ends.found(Side.CONTAINER, peerIndex);
          checkMarked(results.subList(1, results.size()));
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
    Netns target = ends.netns(Side.CONTAINER);
    return new Veth(
        new Veth.End(index, step.hostName(), step.hostMac(), step.mtu(), null),
        new Veth.End(peerIndex, step.containerName(), step.containerMac(), step.mtu(), target));
  }

  /** A pair without its marks would not be known for ours later, so it goes. */
  private void checkMarked(List<@Nullable NetlinkException> results) {
    for (NetlinkException error : results) {
      if (error != null) {
        deletePair();
        throw error;
      }
    }
  }

  private void deletePair() {
    try {
      ends.links(Side.HOST).execute(LinkRequest.delete(ends.index(Side.HOST)));
    } catch (NetlinkException e) {
      // Somebody may have been faster, which is as good.
      if (!e.is(Errno.ENODEV)) {
        throw e;
      }
    }
  }

  private void set(Step.SetSysctl step, String value) {
    if (isIpv6OnAlready(step, value)) {
      return;
    }
    try {
      step.sysctl().set(ends.netns(step.side()), value);
    } catch (NetlinkException e) {
      // Without IPv6 in the kernel, or on a link too small for it, it is as off as can be.
      boolean offAlready = e.is(Errno.ENOENT) && value.equals("1") && isAboutIpv6(step);
      if (!offAlready) {
        throw e;
      }
    }
  }

  /**
   * Whether a new link has IPv6, as it does unless its namespace says otherwise. The link is asked,
   * not the file: opening that takes longer the more namespaces have a link of the same name.
   */
  private boolean isIpv6OnAlready(Step.SetSysctl step, String value) {
    return step.from().isEmpty()
        && value.equals("0")
        && isAboutIpv6(step)
        && ends.links(step.side())
            .link(ends.index(step.side()))
            .filter(link -> !link.ipv6Disabled())
            .isPresent();
  }

  private static boolean isAboutIpv6(Step.SetSysctl step) {
    return step.sysctl().path().endsWith("/disable_ipv6");
  }

  private void rename(Side side, InterfaceName name) {
    Rtnetlink links = ends.links(side);
    int index = ends.index(side);
    Request rename = LinkRequest.set(index).name(name);
    try {
      links.execute(rename);
    } catch (NetlinkException e) {
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      // Before Linux 6.2 only a link that is down can be renamed; what that costs is planned again.
      links.execute(LinkRequest.set(index).down());
      try {
        links.execute(rename);
      } finally {
        links.execute(LinkRequest.set(index).up());
      }
    }
  }

  private AttachException failed(Step step, NetlinkException e) {
    boolean taken = e.is(Errno.EEXIST);
    String help =
        taken && step instanceof Step.AddRoute
            ? "; the namespace has a route with this destination and metric, write another metric"
            : "";
    return new AttachException(
        taken ? Reason.CONFLICT : Reason.KERNEL_ERROR, text.words(step) + ": " + said(e) + help, e);
  }

  /** What the kernel said, without the request, which the step says better. */
  private static String said(NetlinkException e) {
    String kernel = e.kernelMessage().map(message -> ": kernel says: " + message).orElse("");
    return e.errno().map(errno -> errno + kernel).orElseGet(e::getMessage);
  }

  /** Takes back everything done so far, in reverse; the exception, with what could not be. */
  AttachException takenBack(AttachException cause) {
    List<String> left = new ArrayList<>();
    for (Step step : toTakeBack().reversed()) {
      try {
        takeBack(step);
      } catch (NetlinkException | AttachException | IllegalArgumentException e) {
        left.add(text.words(step) + ": " + e.getMessage());
      }
    }
    done.clear();
    AttachException told =
        left.isEmpty()
            ? cause
            : new AttachException(
                cause.reason(),
                cause.getMessage() + "; could not take back: " + String.join("; ", left),
                cause);
    return started ? told.afterSteps() : told;
  }

  /** What was done, up to the pair: whatever was done to that since goes with it. */
  private List<Step> toTakeBack() {
    for (int i = done.size() - 1; i >= 0; i--) {
      if (done.get(i) instanceof Step.CreateVeth) {
        return done.subList(0, i + 1);
      }
    }
    return done;
  }

  private void takeBack(Step step) {
    Side side = StepRequests.side(step);
    if (side != null) {
      Request inverse = StepRequests.inverse(step, ends);
      if (inverse != null) {
        ends.links(side).execute(inverse);
      }
      if (step instanceof Step.SetBridge s) {
        restorePort(s.from());
      }
      return;
    }
    switch (step) {
      case Step.CreateNetns s -> {
        Netns made = ends.netns(Side.CONTAINER);
        if (observer.occupants(made, desired.identity().uid()).isEmpty()) {
          directory.delete(s.name(), made.identity());
        }
      }
      case Step.CreateVeth s -> deletePair();
      case Step.Rename s -> rename(s.side(), new InterfaceName(s.from()));
      case Step.SetSysctl s -> {
        if (!s.from().isEmpty()) {
          set(s, s.from());
        }
      }
      // One that is gone cannot be made as it was; it was ours and empty.
      case Step.DeleteNetns s -> {}
      default -> throw new IllegalStateException("a single request: " + step);
    }
  }

  /** A port that joins its bridge again has lost what it was there. */
  private void restorePort(String bridge) {
    if (hostBefore == null
        || hostBefore.link().port() == null
        || !hostBefore.masterName().equals(bridge)) {
      return;
    }
    Rtnetlink links = ends.links(Side.HOST);
    int index = ends.index(Side.HOST);
    Link.Port port = hostBefore.link().port();
    links.execute(LinkRequest.set(index).hairpin(port.hairpin()));
    links.execute(LinkRequest.set(index).isolated(port.isolated()));
    if (hostBefore.vlans().isEmpty()) {
      return;
    }
    List<BridgeVlan> has = links.bridgeVlans(index);
    for (BridgeVlan vlan : hostBefore.vlans()) {
      if (!has.contains(vlan)) {
        links.execute(BridgeVlanRequest.add(index, vlan));
      }
    }
    for (BridgeVlan vlan : has) {
      if (hostBefore.vlans().stream().noneMatch(before -> before.id() == vlan.id())) {
        links.execute(BridgeVlanRequest.delete(index, vlan));
      }
    }
  }
}
