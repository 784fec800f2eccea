package io.netattach.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
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
 * One veth pair between a node and one network namespace on it.
 *
 * <p>Mutable, because the Kubernetes client fills it in; its spec and its status are values. Not
 * safe for use by several threads while somebody changes it.
 */
@AdditionalSelectableField(jsonPath = ".spec.nodeName")
@SchemaCustomizer(value = Rules.class, input = ".: ATTACHMENT")
@SchemaCustomizer(value = Resource.class, input = "no agent has seen this attachment yet")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        .: One veth pair between a node and one network namespace on it, a named one or that of a pod. The agent of the node makes it, keeps it as the spec says, and takes it away with this object.
        spec: What is asked for. No default.
        status: What the agent of the node has made of it. The agent writes it; where no agent speaks for the node, the controller says so here.
""")
@Group(NetworkAttachment.GROUP)
@Version(NetworkAttachment.VERSION)
@Kind(NetworkAttachment.KIND)
@Plural("networkattachments")
@Singular("networkattachment")
@ShortNames("natt")
@AdditionalPrinterColumn(
    name = "NODE",
    jsonPath = ".spec.nodeName",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "TARGET",
    jsonPath = ".status.target",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "HOST-IF",
    jsonPath = ".status.host.interface",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "CONTAINER-IF",
    jsonPath = ".spec.container.interface",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "REASON",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = AdditionalPrinterColumn.Type.STRING)
// The API server adds an age of its own only where a definition names no columns at all.
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "ADDRESSES",
    jsonPath = ".status.container.addresses",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "HOST-MAC",
    jsonPath = ".status.host.mac",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "CONTAINER-MAC",
    jsonPath = ".status.container.mac",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
public class NetworkAttachment
    extends CustomResource<NetworkAttachmentSpec, NetworkAttachmentStatus> implements Namespaced {

  /** The API group. */
  public static final String GROUP = "netattach.io";

  /** The version within the group. */
  public static final String VERSION = "v1alpha1";

  /** The kind, as manifests write it. */
  public static final String KIND = "NetworkAttachment";

  /** Group and version, as manifests write them. */
  public static final String API_VERSION = GROUP + "/" + VERSION;

  /** What keeps an object until its node has removed what was made of it. */
  public static final String FINALIZER = GROUP + "/detach";

  private static final long serialVersionUID = 1L;
}
