package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The copies of the definitions that are installed. {@code make crds} has this write them. */
class DefinitionFilesTest {
  private static final boolean WRITE = "write".equals(System.getProperty("netattach.crds"));

  @ParameterizedTest
  @ValueSource(strings = {"k8s/crds", "helm/netattach/crds"})
  void theDefinitionsAreThoseOfTheTypes(Path folder) throws IOException {
    for (Map.Entry<String, String> definition : Definitions.generate().entrySet()) {
      Path file = folder.resolve(definition.getKey() + ".yaml");
      if (WRITE) {
        Files.createDirectories(folder);
        Files.writeString(file, definition.getValue());
      }
      assertThat(file).as("%s is not there; run make crds", file).exists();
      // Not told by an assertion on the texts, which would show both, a thousand lines each.
      assertThat(Files.readString(file).equals(definition.getValue()))
          .as("%s is what the types say; if not, run make crds", file)
          .isTrue();
    }
  }
}
