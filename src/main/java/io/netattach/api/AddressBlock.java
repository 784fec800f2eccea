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

/**
 * The controller's book about a part of a pool: it is what makes an address nobody else's. Whoever
 * changes it lets the API server test that nobody else has, so that two controllers that act at
 * once never give out one address twice.
 *
 * <p>Mutable, because the Kubernetes client fills it in; its spec is a value. Not safe for use by
 * several threads while somebody changes it.
 */
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        .: The controller's book about a part of an AddressPool: who has which address. Read it; only the controller may write it.
        spec: Who has which of neighbouring addresses.
        status: Empty.
""")
@Group(NetworkAttachment.GROUP)
@Version(NetworkAttachment.VERSION)
@Kind(AddressBlock.KIND)
@Plural("addressblocks")
@Singular("addressblock")
@AdditionalPrinterColumn(
    name = "POOL",
    jsonPath = ".spec.pool",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "FIRST",
    jsonPath = ".spec.first",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public class AddressBlock extends CustomResource<AddressBlockSpec, Void> {
  /** The kind, as manifests write it. */
  public static final String KIND = "AddressBlock";

  /** The label of a block that names its pool. */
  public static final String POOL_LABEL = NetworkAttachment.GROUP + "/pool";

  private static final long serialVersionUID = 1L;
}
