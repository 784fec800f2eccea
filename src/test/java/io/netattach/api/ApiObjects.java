package io.netattach.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.kube.ApiServer;
import java.nio.file.Path;
import java.util.List;

/** Objects as people write them, and what the API server says of them. */
public final class ApiObjects {
  private static final String ATTACHMENT =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: db-link, namespace: default}
      spec:
        nodeName: worker-1
        target: {netns: {name: blue}}
        container: {interface: net1}
      """;

  private static final String SET =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachmentSet
      metadata: {name: lab, namespace: default}
      spec:
        nodeSelector: {}
        template:
          spec:
            target: {netns: {name: blue}}
            container: {interface: net1}
      """;

  private static final YAMLMapper YAML = new YAMLMapper();

  private ApiObjects() {}

  private static final String POOL =
      """
      apiVersion: netattach.io/v1alpha1
      kind: AddressPool
      metadata: {name: blue}
      spec:
        ranges: [{subnet: 10.10.0.0/24}]
      """;

  /** Puts all definitions into a server. */
  public static void install(ApiServer server) {
    server.install(
        Path.of("k8s/crds/networkattachments.netattach.io.yaml"),
        Path.of("k8s/crds/networkattachmentsets.netattach.io.yaml"),
        Path.of("k8s/crds/addresspools.netattach.io.yaml"),
        Path.of("k8s/crds/addressblocks.netattach.io.yaml"));
  }

  /** An attachment that has what is required and nothing else. */
  public static ObjectNode attachment() {
    return (ObjectNode) read(ATTACHMENT);
  }

  /** A Set that has what is required and nothing else. */
  public static ObjectNode set() {
    return (ObjectNode) read(SET);
  }

  /** A pool that has what is required and nothing else. */
  public static ObjectNode pool() {
    return (ObjectNode) read(POOL);
  }

  /** The object with a field set, by its path such as {@code spec.container.mtu}. */
  public static ObjectNode with(ObjectNode object, String path, String yaml) {
    ObjectNode at = object;
    String[] names = path.split("\\.", -1);
    for (int i = 0; i < names.length - 1; i++) {
      at = at.withObject("/" + names[i]);
    }
    at.set(names[names.length - 1], read(yaml));
    return object;
  }

  /** What an API server has against creating an object, which it is only asked about. */
  public static List<String> objections(KubernetesClient client, ObjectNode object) {
    var resource =
        Serialization.unmarshal(Serialization.asJson(object), GenericKubernetesResource.class);
    try {
      client.resource(resource).dryRun().create();
      return List.of();
    } catch (KubernetesClientException e) {
      if (e.getCode() != 422) {
        throw e; // It was not looked at: there is one of that name, for instance.
      }
      return objections(e);
    }
  }

  /** The field and the sentence of each objection. */
  public static List<String> objections(KubernetesClientException refusal) {
    return refusal.getStatus().getDetails().getCauses().stream()
        .filter(cause -> !isAside(cause))
        .map(cause -> cause.getField() + ": " + cause.getMessage())
        .toList();
  }

  /** That rules were left unchecked, for what comes before them was broken already. */
  private static boolean isAside(StatusCause cause) {
    return cause.getMessage().contains("some validation rules were not checked");
  }

  private static JsonNode read(String yaml) {
    try {
      return YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(yaml, e);
    }
  }
}
