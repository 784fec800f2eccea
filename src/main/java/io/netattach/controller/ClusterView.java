package io.netattach.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.Target;
import io.netattach.kube.LeanStore;
import io.netattach.pool.PoolKeeper;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is known of the cluster's nodes, pods and attachments without asking: a little behind the
 * API server, so whoever acts on it lets the API server test what it was. Safe for use by several
 * threads.
 */
final class ClusterView {
  private static final String BY_SET = "set";
  private static final String BY_POD = "pod";
  private static final String BY_NAMESPACE = "pods-of";
  private static final String BY_WANTED_POOL = "wanted-pool";

  /** So that neither side holds all nodes of a large cluster at once while it is first read. */
  private static final long PAGE = 500;

  private final EventSourceContext<NetworkAttachmentSet> context;
  private final InformerEventSource<Node, NetworkAttachmentSet> nodes;
  private final Overheard<Pod> pods;
  private final Overheard<NetworkAttachment> attachments;

  ClusterView(EventSourceContext<NetworkAttachmentSet> context) {
    this.context = context;
    nodes =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Node.class, NetworkAttachmentSet.class)
                .withName("nodes")
                .withItemStore(new LeanNodes())
                .withInformerListLimit(PAGE)
                .withOnUpdateFilter(ClusterView::isRelabelled)
                .withSecondaryToPrimaryMapper(node -> allSets(context))
                .withPrimaryToSecondaryMapper(set -> Set.of())
                .build(),
            context);
    pods =
        new Overheard<>(
            InformerEventSourceConfiguration.from(Pod.class, NetworkAttachmentSet.class)
                .withName("pods")
                .withItemStore(new LeanPods())
                .withInformerListLimit(PAGE)
                .withOnUpdateFilter(ClusterView::isElsewhere)
                .withSecondaryToPrimaryMapper(pod -> podSets(context, pod))
                .withPrimaryToSecondaryMapper(set -> Set.of())
                .build(),
            context);
    pods.addIndexers(
        Map.of(BY_NAMESPACE, pod -> List.of(String.valueOf(pod.getMetadata().getNamespace()))));
    attachments =
        new Overheard<>(
            InformerEventSourceConfiguration.from(
                    NetworkAttachment.class, NetworkAttachmentSet.class)
                .withName("attachments")
                .withItemStore(new LeanStore<>())
                .withInformerListLimit(PAGE)
                .withSecondaryToPrimaryMapper(ClusterView::sets)
                .withPrimaryToSecondaryMapper(set -> Set.of())
                .build(),
            context);
    attachments.addIndexers(
        Map.of(
            BY_SET, attachment -> owner(attachment).map(OwnerReference::getUid).stream().toList(),
            BY_POD, attachment -> podOf(attachment).map(ClusterView::key).stream().toList(),
            BY_WANTED_POOL, attachment -> PoolKeeper.wanted(attachment).stream().toList()));
  }

  List<EventSource<?, NetworkAttachmentSet>> eventSources() {
    return List.of(nodes, pods, attachments);
  }

  /** Nodes write their status every few seconds, which is nothing to a Set. */
  private static boolean isRelabelled(Node now, Node then) {
    return !Objects.equals(now.getMetadata().getLabels(), then.getMetadata().getLabels())
        || now.isMarkedForDeletion() != then.isMarkedForDeletion();
  }

  /** Whether it matches other Sets, or in another way. */
  private static boolean isElsewhere(Pod now, Pod then) {
    return !Objects.equals(now.getMetadata().getUid(), then.getMetadata().getUid())
        || !Objects.equals(now.getMetadata().getLabels(), then.getMetadata().getLabels())
        || now.isMarkedForDeletion() != then.isMarkedForDeletion()
        || Place.isOne(now) != Place.isOne(then);
  }

  /** Those that may have matched it before, too. */
  private static Set<ResourceID> podSets(
      EventSourceContext<NetworkAttachmentSet> context, Pod pod) {
    return context
        .getPrimaryCache()
        .list(pod.getMetadata().getNamespace(), set -> set.getSpec().podSelector() != null)
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  private static Set<ResourceID> allSets(EventSourceContext<NetworkAttachmentSet> context) {
    return context
        .getPrimaryCache()
        .list()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  /** The Set that owns an attachment, and one that would want its name. */
  private static Set<ResourceID> sets(NetworkAttachment attachment) {
    String namespace = attachment.getMetadata().getNamespace();
    Set<ResourceID> sets = new HashSet<>();
    owner(attachment).ifPresent(owner -> sets.add(new ResourceID(owner.getName(), namespace)));
    ChildTemplate.setOf(attachment.getMetadata().getName())
        .ifPresent(set -> sets.add(new ResourceID(set, namespace)));
    return sets;
  }

  /** The Set that controls an object, if one does. */
  static Optional<OwnerReference> owner(HasMetadata resource) {
    return resource.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .filter(owner -> NetworkAttachmentSet.KIND.equals(owner.getKind()))
        .findFirst();
  }

  /** The Sets that there are. They must not be changed. */
  Stream<NetworkAttachmentSet> sets() {
    return context.getPrimaryCache().list();
  }

  /** The uids of the Sets that there are. */
  Set<String> setUids() {
    return sets().map(set -> set.getMetadata().getUid()).collect(Collectors.toSet());
  }

  /** The labels of the nodes that there are, by name, in order. One being deleted is none. */
  Map<String, Map<String, String>> labelsByNode() {
    Map<String, Map<String, String>> labels = new TreeMap<>();
    nodes
        .list()
        .filter(node -> !node.isMarkedForDeletion())
        .forEach(node -> {
          Map<String, String> own = node.getMetadata().getLabels();
          labels.put(node.getMetadata().getName(), own == null ? Map.of() : own);
        });
    return labels;
  }

  /** The names of the nodes that there are, also those being deleted. */
  Set<String> nodeNames() {
    return nodes.keys().map(ResourceID::getName).collect(Collectors.toSet());
  }

  /** All attachments. They must not be changed. */
  Stream<NetworkAttachment> attachments() {
    return attachments.list();
  }

  /** The attachments that a Set controls. They must not be changed. */
  List<NetworkAttachment> childrenOf(NetworkAttachmentSet set) {
    return attachments.byIndex(BY_SET, set.getMetadata().getUid());
  }

  /** The attachments that wait for addresses of a pool. They must not be changed. */
  List<NetworkAttachment> waitingFor(String pool) {
    return attachments.byIndex(BY_WANTED_POOL, pool);
  }

  /** The attachment of a name. It must not be changed. */
  Optional<NetworkAttachment> attachment(String namespace, String name) {
    return attachments.get(new ResourceID(name, namespace));
  }

  /**
   * Takes in what the API server has answered to a write, so that {@link #attachment} knows it
   * before the watch tells, which may be seconds later, and nothing is written twice.
   */
  void wrote(NetworkAttachment attachment) {
    attachments.handleRecentResourceCreate(ResourceID.fromResource(attachment), attachment);
  }

  /** The pods of a namespace, each with what {@link LeanPods} keeps. They must not be changed. */
  Stream<Pod> pods(String namespace) {
    return pods.byIndex(BY_NAMESPACE, namespace).stream();
  }

  /** The pod of a name, with what {@link LeanPods} keeps. It must not be changed. */
  Optional<Pod> pod(ResourceID pod) {
    return pods.get(pod);
  }

  /** The attachments to a pod of a name, whichever it is. They must not be changed. */
  List<NetworkAttachment> attachmentsTo(ResourceID pod) {
    return attachments.byIndex(BY_POD, key(pod));
  }

  /** The pod that an attachment leads to, if it leads to one. */
  static Optional<ResourceID> podOf(NetworkAttachment attachment) {
    Target target = attachment.getSpec() == null ? null : attachment.getSpec().target();
    return target == null || target.pod() == null || target.pod().name() == null
        ? Optional.empty()
        : Optional.of(new ResourceID(target.pod().name(), attachment.getMetadata().getNamespace()));
  }

  private static String key(ResourceID pod) {
    return pod.getNamespace().orElse("") + "/" + pod.getName();
  }

  /** Tells of every pod that there is, was changed or is gone, and of those with attachments. */
  void listenToPods(Consumer<ResourceID> listener) {
    pods.listen(pod -> listener.accept(ResourceID.fromResource(pod)));
    attachments.listen(attachment -> podOf(attachment).ifPresent(listener));
  }

  /** Tells of every attachment that there is, was changed or is gone. */
  void listenToAttachments(Consumer<NetworkAttachment> listener) {
    attachments.listen(listener);
  }
}
