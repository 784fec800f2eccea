package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;

/** The kinds of objects that there are, in the order in which they can be deleted. */
enum Kind {
  SETS(NetworkAttachmentSet.class),
  ATTACHMENTS(NetworkAttachment.class),
  POOLS(AddressPool.class),
  BLOCKS(AddressBlock.class);

  private final Class<? extends HasMetadata> type;

  Kind(Class<? extends HasMetadata> type) {
    this.type = type;
  }

  ResourceDefinitionContext context() {
    return ResourceDefinitionContext.fromResourceType(type);
  }

  /** The name of its definition, such as {@code addresspools.netattach.io}. */
  String definition() {
    return HasMetadata.getFullResourceName(type);
  }

  /** A number of them, such as {@code 1 AddressPool}. */
  String count(int number) {
    String name = HasMetadata.getKind(type);
    return number + " " + (number == 1 ? name : name + "s");
  }
}
