package io.netattach.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The resource definitions, as they are generated from the types of this package. */
public final class Definitions {
  private static final List<Class<? extends HasMetadata>> TYPES =
      List.of(
          NetworkAttachment.class,
          NetworkAttachmentSet.class,
          AddressPool.class,
          AddressBlock.class);

  private static final String HEADING =
      """
      # Written from the types in io.netattach.api by make crds: change those, not this.
      """;

  private Definitions() {}

  /** The YAML of each definition, by the name of the definition. */
  public static Map<String, String> generate() {
    Output output = new Output();
    new CRDGenerator()
        .customResourceClasses(TYPES)
        .forCRDVersions("v1")
        .withMinQuotes(true)
        .withPostProcessor(new ColumnOrder())
        .withOutput(output)
        .generate();
    Map<String, String> yaml = new TreeMap<>();
    for (Class<? extends HasMetadata> type : TYPES) {
      String name = HasMetadata.getFullResourceName(type);
      yaml.put(name, HEADING + withoutHeading(output.text(CRDGenerator.getOutputName(name, "v1"))));
    }
    return yaml;
  }

  private static String withoutHeading(String yaml) {
    return yaml.substring(yaml.indexOf('\n') + 1);
  }

  /** The generator sorts columns by their paths; people read them in the order of the types. */
  private static final class ColumnOrder implements CRDPostProcessor {
    @Override
    public HasMetadata process(HasMetadata definition, String version) {
      CustomResourceDefinition crd = (CustomResourceDefinition) definition;
      List<String> names = columns(crd.getSpec().getNames().getKind());
      crd.getSpec()
          .getVersions()
          .forEach(served ->
              served.setAdditionalPrinterColumns(
                  served.getAdditionalPrinterColumns().stream()
                      .sorted(
                          Comparator.comparing((CustomResourceColumnDefinition column) ->
                              names.indexOf(column.getName())))
                      .toList()));
      return crd;
    }

    private static List<String> columns(String kind) {
      return TYPES.stream()
          .filter(type -> HasMetadata.getKind(type).equals(kind))
          .flatMap(type -> Stream.of(type.getAnnotationsByType(AdditionalPrinterColumn.class)))
          .map(AdditionalPrinterColumn::name)
          .toList();
    }
  }

  /** Keeps what is generated in memory. */
  private static final class Output implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
    private final Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();

    @Override
    public ByteArrayOutputStream outputFor(String name) {
      return files.computeIfAbsent(name, key -> new ByteArrayOutputStream());
    }

    String text(String name) {
      return outputFor(name).toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {}
  }
}
