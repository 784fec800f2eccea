package io.netattach.controller;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.ContainerEnd;
import io.netattach.api.HostEnd;
import io.netattach.api.LabelSelector;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetSpec;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Target;
import io.netattach.api.TemplateMetadata;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Objects as people write them. */
final class Samples {
  private Samples() {}

  static Node node(String name, Map<String, String> labels) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels)
        .endMetadata()
        .build();
  }

  /** One that leads to a namespace, with an address that tells specs apart. */
  static NetworkAttachmentSpec spec(@Nullable String node, String netns, String address) {
    return new NetworkAttachmentSpec(
        node,
        new Target(new NetnsTarget(netns, true, ReclaimPolicy.DELETE), null),
        new ContainerEnd("net1", null, null, List.of(address), null, List.of(), Map.of()),
        new HostEnd(null, null, List.of("10.10.0.1/24"), List.of()));
  }

  static NetworkAttachment attachment(String namespace, String name, String node) {
    NetworkAttachment attachment = new NetworkAttachment();
    attachment.getMetadata().setNamespace(namespace);
    attachment.getMetadata().setName(name);
    attachment.setSpec(spec(node, "blue", "10.10.0.2/24"));
    return attachment;
  }

  static LabelSelector everything() {
    return new LabelSelector(Map.of(), List.of());
  }

  static LabelSelector labelled(String key, String value) {
    return new LabelSelector(Map.of(key, value), List.of());
  }

  static NetworkAttachmentSet set(
      String namespace, String name, LabelSelector selector, AttachmentTemplate template) {
    NetworkAttachmentSet set = new NetworkAttachmentSet();
    set.getMetadata().setNamespace(namespace);
    set.getMetadata().setName(name);
    set.setSpec(new NetworkAttachmentSetSpec(selector, null, null, template));
    return set;
  }

  static AttachmentTemplate template(String netns, String address) {
    return new AttachmentTemplate(null, spec(null, netns, address));
  }

  static AttachmentTemplate template(
      Map<String, String> labels, Map<String, String> annotations, String netns, String address) {
    return new AttachmentTemplate(
        new TemplateMetadata(labels, annotations), spec(null, netns, address));
  }
}
