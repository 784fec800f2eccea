package io.netattach.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * The same attachment on every node that a selector matches.
 *
 * <p>Mutable, because the Kubernetes client fills it in; its spec and its status are values. Not
 * safe for use by several threads while somebody changes it.
 */
@Group(NetworkAttachment.GROUP)
@Version(NetworkAttachment.VERSION)
@Kind(NetworkAttachmentSet.KIND)
@Plural("networkattachmentsets")
@Singular("networkattachmentset")
@ShortNames("nattset")
@AdditionalPrinterColumn(
    name = "DESIRED",
    jsonPath = ".status.desired",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.ready",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "UPDATED",
    jsonPath = ".status.updated",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "FAILED",
    jsonPath = ".status.failed",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "REASON",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
// The API server adds an age of its own only where a definition names no columns at all.
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public class NetworkAttachmentSet
    extends CustomResource<NetworkAttachmentSetSpec, NetworkAttachmentSetStatus>
    implements Namespaced {

  /** The kind, as manifests write it. */
  public static final String KIND = "NetworkAttachmentSet";

  private static final long serialVersionUID = 1L;
}
