package io.netattach.agent;

import io.netattach.api.AssignedAddresses;
import io.netattach.api.Condition;
import io.netattach.api.ContainerStatus;
import io.netattach.api.HostStatus;
import io.netattach.api.LastRepair;
import io.netattach.api.NetnsStatus;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.api.Target;
import io.netattach.attach.Attachment;
import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.attach.ObservedAttachment;
import io.netattach.attach.ObservedAttachment.End;
import io.netattach.attach.RepairPace;
import io.netattach.attach.Step;
import io.netattach.attach.StepText;
import io.netattach.kube.Conditions;
import io.netattach.netlink.Address;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.MacAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts what came of an attachment into the words of its status. Pure but for the clock: the same
 * outcome after the same status gives an equal status, so that nothing is written without news.
 *
 * <p>A status is written as a whole, so what the controller wrote of it, the assigned addresses, is
 * always carried over: the addresses would be given away otherwise while they are in use.
 */
final class StatusReport {
  private final Clock clock;

  StatusReport(Clock clock) {
    this.clock = clock;
  }

  /**
   * The status after an attempt.
   *
   * @param before the status so far
   * @param undone whether something on the node keeps undoing what is repaired
   */
  NetworkAttachmentStatus of(
      NetworkAttachment resource,
      @Nullable NetworkAttachmentStatus before,
      Outcome outcome,
      boolean undone) {
    NetworkAttachmentStatus last = before == null ? NetworkAttachmentStatus.NOTHING : before;
    return switch (outcome) {
      case Outcome.Done done -> done(resource, last, done, undone);
      case Outcome.Failed failed -> failed(resource, last, failed, undone);
    };
  }

  /** Whether steps put right what had been reached before, rather than followed an edit. */
  static boolean isRepair(
      NetworkAttachment resource, @Nullable NetworkAttachmentStatus before, Outcome outcome) {
    return outcome instanceof Outcome.Done done
        && !done.attached().steps().isEmpty()
        && wasReached(resource, before);
  }

  /** Whether the kernel had what the spec asks for now. */
  static boolean wasReached(NetworkAttachment resource, @Nullable NetworkAttachmentStatus before) {
    return before != null
        && Objects.equals(before.observedGeneration(), resource.getMetadata().getGeneration())
        && Conditions.is(before.conditions(), Conditions.READY, Conditions.TRUE);
  }

  private NetworkAttachmentStatus done(
      NetworkAttachment resource, NetworkAttachmentStatus last, Outcome.Done done, boolean undone) {
    Attachment desired = done.desired();
    LastRepair repair =
        isRepair(resource, last, done)
            ? new LastRepair(Conditions.time(done.time()), words(desired, done.attached().steps()))
            : last.lastRepair();
    return status(
        resource,
        conditions(resource, last, done, readyMessage(resource, desired), undone(repair, undone)),
        last,
        new Outcome.Found(desired, done.observed()),
        repair);
  }

  private NetworkAttachmentStatus failed(
      NetworkAttachment resource,
      NetworkAttachmentStatus last,
      Outcome.Failed failed,
      boolean undone) {
    List<Condition> conditions =
        conditions(resource, last, failed, failed.message(), undone(last.lastRepair(), undone));
    Outcome.Found found = failed.found();
    if (found != null) {
      return status(resource, conditions, last, found, last.lastRepair());
    }
    return new NetworkAttachmentStatus(
        resource.getMetadata().getGeneration(),
        conditions,
        assigned(resource, last),
        target(resource),
        last.netns(),
        last.host(),
        last.container(),
        last.lastRepair());
  }

  private static NetworkAttachmentStatus status(
      NetworkAttachment resource,
      List<Condition> conditions,
      NetworkAttachmentStatus last,
      Outcome.Found found,
      @Nullable LastRepair repair) {
    ObservedAttachment observed = found.observed();
    return new NetworkAttachmentStatus(
        resource.getMetadata().getGeneration(),
        conditions,
        assigned(resource, last),
        target(resource),
        netns(found.desired(), observed),
        observed.host() == null ? null : host(observed.host()),
        observed.container() == null ? null : container(found.desired(), observed.container()),
        repair);
  }

  /** Also where the last status that was told is older than what the controller has written. */
  private static @Nullable AssignedAddresses assigned(
      NetworkAttachment resource, NetworkAttachmentStatus last) {
    NetworkAttachmentStatus now = resource.getStatus();
    return last.assigned() != null || now == null ? last.assigned() : now.assigned();
  }

  /** What an attempt did, in words. */
  static String words(Attachment desired, List<Step> steps) {
    StepText text = new StepText(desired);
    return steps.stream().map(text::words).collect(Collectors.joining("; "));
  }

  /** Where the container end is, in the words of whoever asked for it. */
  static String place(NetworkAttachment resource, Attachment desired) {
    return SpecReader.podOf(resource)
        .map(pod -> "pod " + pod.name())
        .orElseGet(() -> desired.target().netns().value());
  }

  private static String readyMessage(NetworkAttachment resource, Attachment desired) {
    return desired.container().name()
        + " in "
        + place(resource, desired)
        + " is linked to "
        + desired.host().name()
        + " on the node";
  }

  /** What keeps being undone, in words; null where nothing is. */
  private static @Nullable String undone(@Nullable LastRepair repair, boolean undone) {
    if (!undone) {
      return null;
    }
    return "something on the node undoes what is repaired, again and again, so repairs wait ever"
        + " longer, up to "
        + RepairPace.LONGEST_DELAY.toSeconds()
        + " s; last repair: "
        + (repair == null ? "none" : repair.what());
  }

  private List<Condition> conditions(
      NetworkAttachment resource,
      NetworkAttachmentStatus last,
      Outcome outcome,
      String message,
      @Nullable String undone) {
    Instant now = clock.instant();
    Long generation = resource.getMetadata().getGeneration();
    boolean ready = outcome instanceof Outcome.Done;
    boolean stalled = !outcome.reason().retryHelps();
    return List.of(
        Conditions.of(
            last.conditions(),
            Conditions.READY,
            ready ? Conditions.TRUE : Conditions.FALSE,
            outcome.reason().toString(),
            message,
            generation,
            now),
        Conditions.of(
            last.conditions(),
            Conditions.STALLED,
            stalled ? Conditions.TRUE : Conditions.FALSE,
            outcome.reason().toString(),
            stalled
                ? "trying again will not help before the spec or the node's configuration changes"
                : "",
            generation,
            now),
        Conditions.of(
            last.conditions(),
            Conditions.STABLE,
            undone == null ? Conditions.TRUE : Conditions.FALSE,
            undone == null ? "Undisturbed" : "RepeatedlyUndone",
            undone == null ? "" : undone,
            generation,
            now));
  }

  private static @Nullable String target(NetworkAttachment resource) {
    Target target = resource.getSpec() == null ? null : resource.getSpec().target();
    if (target == null) {
      return null;
    }
    if (target.pod() != null) {
      return "pod/" + target.pod().name();
    }
    return target.netns() == null ? null : "netns/" + target.netns().name();
  }

  private static @Nullable NetnsStatus netns(Attachment desired, ObservedAttachment observed) {
    return observed.target() instanceof ObservedAttachment.Target.Present present
        ? new NetnsStatus(
            "/run/netns/" + desired.target().netns(),
            present.identity().inode(),
            present.mark().isPresent())
        : null;
  }

  private static HostStatus host(End end) {
    Link link = end.link();
    return new HostStatus(
        link.name(),
        link.index(),
        text(link.mac()),
        link.mtu(),
        link.operState().name().replace("_", ""));
  }

  private static ContainerStatus container(Attachment desired, End end) {
    Link link = end.link();
    List<String> gateways =
        desired.container().routes().stream()
            .filter(route -> route.to().isDefault() && route.via() != null)
            .map(DesiredRoute::via)
            .map(String::valueOf)
            .toList();
    List<IpPrefix> addresses = desired.container().addresses();
    List<String> found =
        end.addresses().stream()
            .map(Address::local)
            .filter(addresses::contains)
            .map(IpPrefix::toString)
            .sorted()
            .toList();
    return new ContainerStatus(
        link.name(), link.index(), text(link.mac()), link.mtu(), found, gateways);
  }

  private static @Nullable String text(@Nullable MacAddress mac) {
    return mac == null ? null : mac.toString();
  }
}
