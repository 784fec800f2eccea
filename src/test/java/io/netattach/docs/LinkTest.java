package io.netattach.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Links between pages lead to files and headings that are there, and every page is linked. */
class LinkTest {
  @Test
  void eachLinkLeadsToAFileAndAHeading() {
    List<Page> pages = new ArrayList<>(Page.all());
    pages.add(Page.of(Path.of("CONTRIBUTING.md")));
    pages.add(Page.of(Path.of("CHANGELOG.md")));
    pages.add(Page.of(Path.of("SECURITY.md")));
    List<String> broken = new ArrayList<>();
    int checked = 0;
    for (Page page : pages) {
      for (String link : page.links()) {
        if (!link.matches("https?://.*")) {
          checked++;
          if (!leads(page, link)) {
            broken.add(page + ": " + link);
          }
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(checked).isPositive();
  }

  private static boolean leads(Page from, String link) {
    String[] parts = link.split("#", 2);
    Path file = parts[0].isEmpty() ? from.path() : from.path().resolveSibling(parts[0]).normalize();
    return Files.exists(file) && (parts.length == 1 || Page.of(file).anchors().contains(parts[1]));
  }

  @Test
  void theReadmeLinksEachPage() {
    List<String> links = Page.of(Path.of("README.md")).links();

    assertThat(Page.all())
        .filteredOn(page -> page.path().startsWith("docs"))
        .isNotEmpty()
        .allMatch(page -> links.contains(page.path().toString()));
  }
}
