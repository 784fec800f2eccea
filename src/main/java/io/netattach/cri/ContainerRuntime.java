package io.netattach.cri;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import runtime.v1.ListPodSandboxRequest;
import runtime.v1.NamespaceMode;
import runtime.v1.PodSandbox;
import runtime.v1.PodSandboxFilter;
import runtime.v1.PodSandboxMetadata;
import runtime.v1.PodSandboxState;
import runtime.v1.PodSandboxStateValue;
import runtime.v1.PodSandboxStatus;
import runtime.v1.PodSandboxStatusRequest;
import runtime.v1.PodSandboxStatusResponse;
import runtime.v1.VersionRequest;
import runtime.v1.VersionResponse;

/**
 * Asks the container runtime of this node. Nothing is opened before the first question. Every one
 * is answered, or fails, within a few seconds; after one that got no answer, others fail at once
 * for a while, so that a runtime that hangs does not hold up all that could be done without it. May
 * be used by several threads.
 */
public final class ContainerRuntime implements AutoCloseable {
  /** A busy runtime takes tenths of a second. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** For one of several that may be the runtime of pods: those that wait wait for all of them. */
  private static final Duration PROBE = Duration.ofSeconds(1);

  /** How long it is not asked again. */
  static final Duration RESPITE = Duration.ofSeconds(1);

  /** kubelet puts it on each sandbox. */
  private static final String UID_LABEL = "io.kubernetes.pod.uid";

  private final RuntimeChannel channel;
  private final CallListener listener;
  private final Duration patience;
  private volatile @Nullable Silence silence;

  /** Since when there is no answer, and why. */
  private record Silence(long since, CriException why) {
    boolean isOver() {
      return System.nanoTime() - since >= RESPITE.toNanos();
    }
  }

  /** Who a runtime is. */
  public record Version(String name, String version) {}

  /** A sandbox of a list. */
  public record Listed(String id, Pod pod) {}

  /**
   * @param ownPod the uid of the pod that this process runs in, by which the runtime that runs pods
   *     is told from others on the node where no socket is named; empty outside a pod
   * @param listener is told of each call
   */
  public ContainerRuntime(RuntimeSocket socket, String ownPod, CallListener listener) {
    this(socket, ownPod, listener, PATIENCE);
  }

  ContainerRuntime(RuntimeSocket socket, String ownPod, CallListener listener, Duration patience) {
    this.channel =
        ownPod.isEmpty() || socket.named() != null
            ? new RuntimeChannel(socket)
            : new RuntimeChannel(socket, candidate -> runs(candidate, ownPod));
    this.listener = listener;
    this.patience = patience;
  }

  private static boolean runs(Channel candidate, String podUid) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(PROBE.toNanos(), TimeUnit.NANOSECONDS);
    try {
      return ClientCalls.blockingUnaryCall(
              candidate, Call.LIST_METHOD, options, listing(ofPod(podUid)))
          .getItemsList()
          .stream()
          .anyMatch(sandbox -> sandbox.getMetadata().getUid().equals(podUid));
    } catch (StatusRuntimeException e) {
      // It speaks something else, or has ended and left its socket behind.
      return false;
    }
  }

  /**
   * Asks who it is.
   *
   * @throws CriException when it does not answer
   */
  public Version version() {
    VersionResponse answer =
        ask(
            Call.VERSION,
            Call.VERSION_METHOD,
            VersionRequest.newBuilder().setVersion("v1").build());
    return new Version(answer.getRuntimeName(), answer.getRuntimeVersion());
  }

  /** Whether there is a socket to ask at. */
  public boolean isThere() {
    return channel.isThere();
  }

  /** The socket that it is asked at, in words. */
  public String where() {
    return channel.where();
  }

  /**
   * The sandbox that a pod runs in now; empty where it has none, such as while one is being made.
   *
   * @throws CriException when the runtime does not answer, or not with sense
   */
  public Optional<Sandbox> sandboxOf(String podUid) {
    return list(ofPod(podUid)).stream()
        .filter(sandbox -> sandbox.getMetadata().getUid().equals(podUid))
        .max(Comparator.comparingLong(PodSandbox::getCreatedAt))
        .flatMap(sandbox -> sandbox(sandbox.getId()));
  }

  /**
   * The sandboxes that pods run in now.
   *
   * @throws CriException when the runtime does not answer
   */
  public List<Listed> sandboxes() {
    return list(ready()).stream()
        .map(sandbox -> new Listed(sandbox.getId(), pod(sandbox.getMetadata())))
        .toList();
  }

  /**
   * A sandbox by its id; empty where it is gone, or on its way.
   *
   * @throws CriException when the runtime does not answer, or not with sense
   */
  public Optional<Sandbox> sandbox(String id) {
    return status(id, true)
        .filter(answer -> isReady(answer.getStatus()))
        .map(ContainerRuntime::sandbox);
  }

  /**
   * Whether a pod still runs in that sandbox.
   *
   * @throws CriException when the runtime does not answer
   */
  public boolean isReady(Sandbox sandbox) {
    return status(sandbox.id(), false)
        .map(PodSandboxStatusResponse::getStatus)
        .filter(ContainerRuntime::isReady)
        .filter(status -> pod(status.getMetadata()).equals(sandbox.pod()))
        .isPresent();
  }

  private static boolean isReady(PodSandboxStatus status) {
    return status.getState() == PodSandboxState.SANDBOX_READY;
  }

  private static Sandbox sandbox(PodSandboxStatusResponse answer) {
    PodSandboxStatus status = answer.getStatus();
    boolean ofNode =
        status.getLinux().getNamespaces().getOptions().getNetwork() == NamespaceMode.NODE;
    Sandbox.Network network =
        ofNode
            ? new Sandbox.Network.OfNode()
            : SandboxInfo.networkNamespace(answer.getInfoMap())
                .<Sandbox.Network>map(Sandbox.Network.Own::new)
                .orElseGet(Sandbox.Network.Untold::new);
    return new Sandbox(status.getId(), pod(status.getMetadata()), network);
  }

  private static Pod pod(PodSandboxMetadata metadata) {
    return new Pod(metadata.getNamespace(), metadata.getName(), metadata.getUid());
  }

  private static PodSandboxFilter.Builder ready() {
    return PodSandboxFilter.newBuilder()
        .setState(PodSandboxStateValue.newBuilder().setState(PodSandboxState.SANDBOX_READY));
  }

  private static PodSandboxFilter.Builder ofPod(String uid) {
    return ready().putLabelSelector(UID_LABEL, uid);
  }

  private static ListPodSandboxRequest listing(PodSandboxFilter.Builder filter) {
    return ListPodSandboxRequest.newBuilder().setFilter(filter).build();
  }

  private List<PodSandbox> list(PodSandboxFilter.Builder filter) {
    return ask(Call.LIST, Call.LIST_METHOD, listing(filter)).getItemsList();
  }

  private Optional<PodSandboxStatusResponse> status(String id, boolean verbose) {
    PodSandboxStatusRequest request =
        PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(verbose).build();
    try {
      return Optional.of(ask(Call.STATUS, Call.STATUS_METHOD, request));
    } catch (CriException e) {
      if (e.getCause() instanceof StatusRuntimeException cause
          && cause.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private <Q, A> A ask(Call call, MethodDescriptor<Q, A> method, Q request) {
    Silence last = silence;
    if (last != null && !last.isOver()) {
      throw last.why();
    }
    long start = System.nanoTime();
    boolean answered = false;
    try {
      A answer = channel.ask(method, request, patience);
      answered = true;
      silence = null;
      return answer;
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      answered = status.getCode() == Status.Code.NOT_FOUND;
      CriException told = new CriException(RuntimeAnswer.words(where(), status, patience), e);
      if (RuntimeAnswer.isSilence(status)) {
        silence = new Silence(System.nanoTime(), told);
      }
      throw told;
    } finally {
      listener.ended(call, Duration.ofNanos(System.nanoTime() - start), answered);
    }
  }

  @Override
  public void close() {
    channel.close();
  }
}
