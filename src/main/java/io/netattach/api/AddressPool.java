package io.netattach.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.Resource;
import io.netattach.api.schema.Rules;

/**
 * Addresses that the controller gives to attachments, each to one at a time. Of the whole cluster.
 *
 * <p>Mutable, because the Kubernetes client fills it in; its spec and its status are values. Not
 * safe for use by several threads while somebody changes it.
 */
@SchemaCustomizer(value = Rules.class, input = ".: POOL")
@SchemaCustomizer(value = Resource.class, input = "no controller has seen this pool yet")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        .: Addresses that the controller gives to attachments, each to one at a time. A pool is one network: two pools may have the same addresses.
        spec: What the pool gives out. No default.
        status: How much of it is used. The controller alone writes it.
""")
@Group(NetworkAttachment.GROUP)
@Version(NetworkAttachment.VERSION)
@Kind(AddressPool.KIND)
@Plural("addresspools")
@Singular("addresspool")
@AdditionalPrinterColumn(
    name = "FREE",
    jsonPath = ".status.free",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "USED",
    jsonPath = ".status.used",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "TOTAL",
    jsonPath = ".status.total",
    type = AdditionalPrinterColumn.Type.INTEGER)
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
    name = "SUBNETS",
    jsonPath = ".spec.ranges[*].subnet",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
public class AddressPool extends CustomResource<AddressPoolSpec, AddressPoolStatus> {
  /** The kind, as manifests write it. */
  public static final String KIND = "AddressPool";

  /** What keeps a deleted pool while attachments use it. */
  public static final String FINALIZER = NetworkAttachment.GROUP + "/in-use";

  private static final long serialVersionUID = 1L;
}
