package io.netattach.pool;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressPoolUse;
import io.netattach.api.AddressRange;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.Condition;
import io.netattach.api.ContainerEnd;
import io.netattach.api.LabelSelector;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetSpec;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.PodTarget;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Target;
import io.netattach.kube.Conditions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Objects as people write them, and what became of them. */
final class PoolObjects {
  private PoolObjects() {}

  static AddressRange range(String subnet) {
    return new AddressRange(subnet, null, null, null, List.of());
  }

  static AddressPool pool(KubernetesClient client, String name, String... subnets) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName(name);
    pool.setSpec(new AddressPoolSpec(Arrays.stream(subnets).map(PoolObjects::range).toList()));
    return client.resource(pool).create();
  }

  static void namespace(KubernetesClient client, String name) {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  static NetworkAttachment attachment(String namespace, String name, String pool, Target target) {
    NetworkAttachment attachment = new NetworkAttachment();
    attachment.getMetadata().setNamespace(namespace);
    attachment.getMetadata().setName(name);
    PodTarget pod = target.pod();
    attachment.setSpec(
        new NetworkAttachmentSpec(
            pod != null && pod.uid() == null ? null : "worker-1",
            target,
            new ContainerEnd(
                "net1",
                null,
                null,
                List.of(),
                new AddressPoolUse(pool, pod != null, false),
                List.of(),
                Map.of()),
            null));
    return attachment;
  }

  static NetworkAttachment attachment(
      KubernetesClient client, String namespace, String name, String pool) {
    Target target = new Target(new NetnsTarget(name, true, ReclaimPolicy.DELETE), null);
    return client.resource(attachment(namespace, name, pool, target)).create();
  }

  /** A Set of pods with the label app=db. */
  static NetworkAttachmentSet set(KubernetesClient client, String namespace) {
    NetworkAttachmentSet set = new NetworkAttachmentSet();
    set.getMetadata().setNamespace(namespace);
    set.getMetadata().setName("web");
    set.setSpec(
        new NetworkAttachmentSetSpec(
            null,
            new LabelSelector(Map.of("app", "db"), List.of()),
            null,
            new AttachmentTemplate(
                null,
                new NetworkAttachmentSpec(
                    null,
                    null,
                    new ContainerEnd("net1", null, null, List.of(), null, List.of(), Map.of()),
                    null))));
    return client.resource(set).create();
  }

  /** One that a Set of the same namespace has made for a pod, with addresses of a pool. */
  static NetworkAttachment ofPod(
      KubernetesClient client,
      NetworkAttachmentSet set,
      String pool,
      String name,
      String pod,
      String uid) {
    NetworkAttachment attachment =
        attachment(
            set.getMetadata().getNamespace(),
            name,
            pool,
            new Target(null, new PodTarget(pod, uid)));
    attachment
        .getMetadata()
        .setOwnerReferences(
            List.of(
                new OwnerReferenceBuilder()
                    .withApiVersion(NetworkAttachment.API_VERSION)
                    .withKind(NetworkAttachmentSet.KIND)
                    .withName(set.getMetadata().getName())
                    .withUid(set.getMetadata().getUid())
                    .withController(true)
                    .build()));
    return client.resource(attachment).create();
  }

  static List<NetworkAttachment> attachments(KubernetesClient client, String namespace) {
    return client.resources(NetworkAttachment.class).inNamespace(namespace).list().getItems();
  }

  static @Nullable AssignedAddresses assigned(KubernetesClient client, NetworkAttachment of) {
    NetworkAttachment now = client.resource(of).get();
    return now == null || now.getStatus() == null ? null : now.getStatus().assigned();
  }

  /** What was given in a namespace. */
  static List<String> given(KubernetesClient client, String namespace) {
    return attachments(client, namespace).stream()
        .filter(any -> any.getStatus().assigned() != null)
        .flatMap(any -> any.getStatus().assigned().addresses().stream())
        .toList();
  }

  static Condition ready(List<Condition> conditions) {
    return Conditions.find(conditions, Conditions.READY).orElseThrow();
  }

  /** Who has which address of a pool, as the API server has it. */
  static Map<String, AddressHolder> holders(KubernetesClient client, String pool) {
    Map<String, AddressHolder> holders = new TreeMap<>();
    client
        .resources(AddressBlock.class)
        .withLabel(AddressBlock.POOL_LABEL, pool)
        .list()
        .getItems()
        .forEach(block -> holders.putAll(block.getSpec().holders()));
    return holders;
  }
}
