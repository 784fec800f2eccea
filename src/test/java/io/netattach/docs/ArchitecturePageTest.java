package io.netattach.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of the architecture has every room of the code. */
class ArchitecturePageTest {
  @Test
  void eachRoomHasItsRow() throws IOException {
    List<String> rooms;
    try (Stream<Path> folders = Files.list(Path.of("src", "main", "java", "io", "netattach"))) {
      rooms =
          folders.filter(Files::isDirectory).map(room -> "`" + room.getFileName() + "`").toList();
    }
    assertThat(Page.of(Path.of("docs", "architecture.md")).rows())
        .filteredOn(row -> row.head().getFirst().startsWith("package"))
        .extracting(row -> row.cells().getFirst())
        .containsExactlyInAnyOrderElementsOf(rooms);
  }
}
