package io.netattach.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Manifests as users write them, and files of them. */
final class Manifests {
  /** What is said of what is for a cluster alone in k8s/samples. */
  static final String SAMPLES_NOTE =
      """
      note: k8s/samples/00-every-node.yaml: NetworkAttachmentSet "every-node" is for a cluster's controller: passed over
      note: k8s/samples/41-pods.yaml: document 1: AddressPool "storage" is for a cluster's controller: passed over
      note: k8s/samples/41-pods.yaml: document 2: NetworkAttachmentSet "storage" is for a cluster's controller: passed over
      note: k8s/samples/50-address-pool.yaml: document 1: AddressPool "blue" is for a cluster's controller: passed over
      note: shop/db-0-storage is for a pod, which the agent of a cluster attaches to: passed over
      note: shop/db-pool has its addresses from a pool, which the controller of a cluster gives out: passed over
      """;

  private Manifests() {}

  /** One that is right in every respect, of an attachment in a namespace of its own. */
  static String good(String name) {
    return of(name, "{netns: {name: %s, create: true}}".formatted(name), "{interface: net1}", "{}");
  }

  /** One with these parts, each in the flow style of YAML. */
  static String of(String name, String target, String container, String host) {
    return """
    apiVersion: netattach.io/v1alpha1
    kind: NetworkAttachment
    metadata: {name: %s, namespace: shop}
    spec:
      target: %s
      container: %s
      host: %s
    """
        .formatted(name, target, container, host);
  }

  static String withContainer(String container) {
    return of("link", "{netns: {name: blue, create: true}}", container, "{}");
  }

  static String withHost(String host) {
    return of("link", "{netns: {name: blue, create: true}}", "{interface: net1}", host);
  }

  /** Writes a file as a careful program does: all at once. */
  static Path write(Path folder, String name, String content) {
    try {
      Path part = folder.resolve("." + name + "-" + UUID.randomUUID());
      Files.writeString(part, content);
      return Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
