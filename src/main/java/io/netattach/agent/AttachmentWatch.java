package io.netattach.agent;

import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.Registration;
import io.netattach.kube.WrittenStatuses;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Objects;

/** Which attachments the agent of a node hears of, and which of their changes it acts on. */
final class AttachmentWatch {
  static final String NODE_FIELD = "spec.nodeName";

  private static final Duration NEVER = Duration.ofDays(365);

  private AttachmentWatch() {}

  /** The configuration with which the reconciler is registered. */
  static QuarkusControllerConfiguration<NetworkAttachment> configuration(
      QuarkusConfigurationService service,
      AttachmentReconciler reconciler,
      WrittenStatuses<NetworkAttachmentStatus> written,
      String node,
      boolean selectable) {
    InformerConfiguration<NetworkAttachment>.Builder informer =
        Registration.informer(service, reconciler)
            .withOnUpdateFilter(news(written))
            .withGenericFilter(resource -> isFor(node, resource));
    if (selectable) {
      informer.withFieldSelector(new FieldSelector(new FieldSelector.Field(NODE_FIELD, node)));
    }
    // The reconciler says itself when it is to be called again, or that it is not.
    return Registration.of(service, reconciler, informer.build(), null, NEVER);
  }

  /**
   * Whether an attachment is for the agent of this node. One that the controller has still to
   * complete is not: it would get our finalizer, and nobody could tell it when it should go.
   */
  static boolean isFor(String node, NetworkAttachment resource) {
    return resource.getSpec() != null
        && node.equals(resource.getSpec().nodeName())
        && (isComplete(resource) || isHeld(resource));
  }

  /** Whether it is known which pod is meant, and which addresses the pool gives. */
  private static boolean isComplete(NetworkAttachment resource) {
    NetworkAttachmentSpec spec = resource.getSpec();
    boolean isPodKnown =
        SpecReader.podOf(resource)
            .filter(pod -> pod.uid() == null || pod.uid().isEmpty())
            .isEmpty();
    boolean asksPool = spec.container() != null && spec.container().addressPool() != null;
    NetworkAttachmentStatus status = resource.getStatus();
    return isPodKnown && (!asksPool || (status != null && status.assigned() != null));
  }

  /** Whether it is being deleted and waits for us. */
  private static boolean isHeld(NetworkAttachment resource) {
    return resource.isMarkedForDeletion() && resource.hasFinalizer(NetworkAttachment.FINALIZER);
  }

  /** An edit, a deletion, a finalizer that is missing, or a status that somebody else wrote. */
  private static OnUpdateFilter<NetworkAttachment> news(
      WrittenStatuses<NetworkAttachmentStatus> written) {
    return (now, then) ->
        !Objects.equals(now.getMetadata().getUid(), then.getMetadata().getUid())
            || !Objects.equals(
                now.getMetadata().getGeneration(), then.getMetadata().getGeneration())
            || now.isMarkedForDeletion() != then.isMarkedForDeletion()
            || !now.hasFinalizer(NetworkAttachment.FINALIZER)
            || written.isForeign(now, then);
  }

  /**
   * Whether the API server can select the attachments of one node. One before Kubernetes 1.31
   * cannot, nor one whose definition is older than the field's being selectable.
   *
   * @throws KubernetesClientException when it does not answer, or has no such resource
   */
  static boolean isSelectable(KubernetesClient client, String node) {
    try {
      client
          .resources(NetworkAttachment.class)
          .inAnyNamespace()
          .withField(NODE_FIELD, node)
          .list(new ListOptionsBuilder().withLimit(1L).build());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_BAD_REQUEST) {
        throw e;
      }
      return false;
    }
  }
}
