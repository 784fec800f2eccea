package io.netattach.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import java.util.List;

/** Pods of a Deployment, and a Set that puts them all on one bridge with addresses of one pool. */
final class PodNetwork {
  private static final String NAME = "e2e-pods";

  private static final String MANIFEST =
      """
      apiVersion: netattach.io/v1alpha1
      kind: AddressPool
      metadata: {name: %1$s}
      spec:
        ranges:
          - {subnet: 10.29.0.0/24, exclude: [10.29.0.1]}
          - {subnet: "fd00:29::/64"}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachmentSet
      metadata: {name: %1$s, namespace: %2$s}
      spec:
        podSelector: {matchLabels: {app: %1$s}}
        template:
          spec:
            container: {interface: net1, addressPool: {name: %1$s}}
            host: {bridge: {name: %3$s}}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: %1$s, namespace: %2$s}
      spec:
        replicas: 0
        selector: {matchLabels: {app: %1$s}}
        template:
          metadata: {labels: {app: %1$s}}
          spec:
            readinessGates: [{conditionType: netattach.io/attached}]
            automountServiceAccountToken: false
            terminationGracePeriodSeconds: 1
            topologySpreadConstraints:
              - maxSkew: 1
                topologyKey: kubernetes.io/hostname
                whenUnsatisfiable: ScheduleAnyway
                labelSelector: {matchLabels: {app: %1$s}}
            containers:
              - {name: main}
      """;

  private final Cluster cluster;

  PodNetwork(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Makes it, without pods at first.
   *
   * @param bridge that the agents keep on every node
   */
  void make(String bridge) {
    cluster.apply(MANIFEST.formatted(NAME, Cluster.NAMESPACE, bridge));
  }

  /** Asks for so many pods, and does not wait for them. */
  void scale(int replicas) {
    deployment().scale(replicas);
  }

  private RollableScalableResource<Deployment> deployment() {
    return cluster.client().apps().deployments().inNamespace(Cluster.NAMESPACE).withName(NAME);
  }

  /**
   * Awaits so many pods, of which each is ready, which it is once it is attached, and no others.
   */
  List<Pod> awaitReady(int replicas) {
    return await(replicas + " pods, ready")
        .atMost(Cluster.PATIENCE)
        .until(
            this::pods,
            pods -> pods.size() == replicas && pods.stream().allMatch(Readiness::isPodReady));
  }

  private List<Pod> pods() {
    return cluster
        .client()
        .pods()
        .inNamespace(Cluster.NAMESPACE)
        .withLabel("app", NAME)
        .list()
        .getItems();
  }

  /**
   * The addresses that the pods were told of by the annotation of the Network Plumbing Working
   * Group, after having reached each of them from each pod.
   */
  List<String> awaitReached(int replicas) {
    List<Pod> pods = awaitReady(replicas);
    List<String> addresses = pods.stream().flatMap(pod -> addresses(pod).stream()).toList();
    for (Pod pod : pods) {
      assertThat(cluster.lookInside(pod, addresses.toArray(String[]::new)))
          .as("inside pod %s on %s", pod.getMetadata().getName(), pod.getSpec().getNodeName())
          .containsAll(addresses.stream().map(address -> "reached " + address).toList());
    }
    return addresses;
  }

  private static List<String> addresses(Pod pod) {
    String text =
        pod.getMetadata().getAnnotations().getOrDefault("k8s.v1.cni.cncf.io/network-status", "[]");
    for (JsonNode entry : Serialization.unmarshal(text, JsonNode.class)) {
      if (entry.path("interface").asText().equals("net1")) {
        return entry.path("ips").valueStream().map(JsonNode::asText).toList();
      }
    }
    throw new AssertionError(
        "pod " + pod.getMetadata().getName() + " was told of no net1 but of " + text);
  }

  /** Awaits that all pods are gone, and what they had. */
  void awaitEmpty() {
    awaitReady(0);
    awaitUnattached();
  }

  /** Awaits that no attachment is left and that the pool has all addresses back. */
  void awaitUnattached() {
    await("no attachment")
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                cluster
                    .client()
                    .resources(NetworkAttachment.class)
                    .inNamespace(Cluster.NAMESPACE)
                    .withLabel("netattach.io/set", NAME)
                    .list()
                    .getItems(),
            List::isEmpty);
    await("no address in use")
        .atMost(Cluster.PATIENCE)
        .until(() -> pool().get(), pool -> pool.getStatus().used() == 0);
  }

  private Resource<AddressPool> pool() {
    return cluster.client().resources(AddressPool.class).withName(NAME);
  }

  /** Deletes the Set; the pods stay. */
  void deleteSet() {
    cluster
        .client()
        .resources(NetworkAttachmentSet.class)
        .inNamespace(Cluster.NAMESPACE)
        .withName(NAME)
        .delete();
  }

  /** Deletes all of it; an attachment that was made in the last moment still uses the pool. */
  void delete() {
    deleteDeployment();
    deleteSet();
    awaitUnattached();
    await("the pool to go")
        .atMost(Cluster.PATIENCE)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> {
          pool().delete();
          return pool().get() == null;
        });
  }

  void deleteDeployment() {
    deployment().delete();
  }
}
