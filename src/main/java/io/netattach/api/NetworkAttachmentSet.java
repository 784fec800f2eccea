package io.netattach.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.Resource;
import io.netattach.api.schema.Rules;

/**
 * The same attachment on every node, or to every pod, that a selector matches.
 *
 * <p>Mutable, because the Kubernetes client fills it in; its spec and its status are values. Not
 * safe for use by several threads while somebody changes it.
 */
@SchemaCustomizer(value = Rules.class, input = ".: SET_NAME")
@SchemaCustomizer(value = Resource.class, input = "no controller has seen this set yet")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        .: The same attachment on every node, or to every pod, that a selector matches. The controller creates one NetworkAttachment for each, changes it with the template, and deletes it when the node or pod matches no longer.
        spec: What is asked for. No default.
        status: How far the controller has come. It alone writes it.
""")
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
// The API server adds an age of its own only where a definition names no columns at all.
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "REASON",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
public class NetworkAttachmentSet
    extends CustomResource<NetworkAttachmentSetSpec, NetworkAttachmentSetStatus>
    implements Namespaced {

  /** The kind, as manifests write it. */
  public static final String KIND = "NetworkAttachmentSet";

  private static final long serialVersionUID = 1L;
}
