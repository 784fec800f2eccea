package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written from the types: definitions that are installed, and the page on their fields. */
class DefinitionFilesTest {
  private static final boolean WRITE = "write".equals(System.getProperty("netattach.crds"));

  @ParameterizedTest
  @ValueSource(strings = {"k8s/crds", "helm/netattach/crds"})
  void theDefinitionsAreThoseOfTheTypes(Path folder) throws IOException {
    for (Map.Entry<String, String> definition : Definitions.generate().entrySet()) {
      assertWritten(folder.resolve(definition.getKey() + ".yaml"), definition.getValue());
    }
  }

  @Test
  void thePageOnTheFieldsIsThatOfTheDefinitions() throws IOException {
    assertWritten(Path.of("docs/fields.md"), FieldsPage.of(Definitions.generate()));
  }

  private static void assertWritten(Path file, String text) throws IOException {
    if (WRITE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertThat(file).as("%s is not there; run make crds", file).exists();
    // Not told by an assertion on the texts, which would show both, a thousand lines each.
    assertThat(Files.readString(file).equals(text))
        .as("%s is what the types say; if not, run make crds", file)
        .isTrue();
  }
}
