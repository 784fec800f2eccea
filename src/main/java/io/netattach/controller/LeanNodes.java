package io.netattach.controller;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/**
 * Keeps of each Node what is asked for, its name and labels: the rest, such as the list of its
 * images, is many times as much.
 */
final class LeanNodes extends BasicItemStore<Node> {
  LeanNodes() {
    super(Cache::metaNamespaceKeyFunc);
  }

  @Override
  public Node put(String key, Node node) {
    return super.put(key, lean(node));
  }

  static Node lean(Node node) {
    ObjectMeta metadata = node.getMetadata();
    return new NodeBuilder()
        .withNewMetadata()
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(metadata.getResourceVersion())
        .withDeletionTimestamp(metadata.getDeletionTimestamp())
        .withLabels(metadata.getLabels())
        .endMetadata()
        .build();
  }
}
