package io.netattach.cli.manifest;

import static io.netattach.cli.manifest.ManifestReaderTest.MINIMAL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestFilesTest {

  private @TempDir Path folder = Path.of("");

  @Test
  void aFileIsRead() throws Exception {
    Path file = write("a.yaml", manifest("a"));

    assertThat(ManifestFiles.read(List.of(file.toString()), nothing(), note -> {}))
        .extracting(Manifest::source)
        .containsExactly(file.toString());
  }

  @Test
  void aFolderIsReadByNameAndNotBelow() throws Exception {
    write("c.json", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}");
    write("b.yml", manifest("b"));
    write("a.yaml", manifest("a"));
    write(".hidden.yaml", "rubbish: [");
    write("README.md", "rubbish: [");
    Files.createDirectory(folder.resolve("below.yaml"));
    write("below.yaml/d.yaml", manifest("d"));

    assertThat(names(folder.toString())).containsExactly("a", "b");
  }

  @Test
  void linksInAFolderAreFollowed() throws Exception {
    Files.createDirectory(folder.resolve("..data"));
    write("..data/a", manifest("a"));
    Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a"));

    assertThat(names(folder.toString())).containsExactly("a");
  }

  @Test
  void aLinkToNothingIsTold() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("gone"));

    assertThat(problems(folder.toString()))
        .containsExactly(
            link
                + ": is a symbolic link to a file that does not exist; make that file, or remove the"
                + " link");
  }

  @Test
  void aDashIsStandardInputOnce() throws Exception {
    var stdin = new ByteArrayInputStream(manifest("a").getBytes(UTF_8));

    assertThat(ManifestFiles.read(List.of("-"), stdin, note -> {}))
        .extracting(Manifest::source)
        .containsExactly("standard input");
    assertThat(problems("-", "-"))
        .contains("standard input: can be read only once; write -f - once");
  }

  @Test
  void severalArgumentsAreReadInTheirOrder() throws Exception {
    Path b = write("b.yaml", manifest("b"));
    Path a = write("a.yaml", manifest("a"));

    assertThat(names(b.toString(), a.toString())).containsExactly("b", "a");
  }

  @Test
  void theProblemsOfAllSourcesAreTold() throws Exception {
    Path a = write("a.yaml", "a: [");
    Path b = write("b.yaml", "");

    assertThat(problems(a.toString(), b.toString(), "/nowhere/c.yaml", ""))
        .hasSize(4)
        .contains(
            b + ": holds no document; write a NetworkAttachment into it",
            "/nowhere/c.yaml: does not exist; name a file or a folder that does, or - for standard"
                + " input",
            "-f: is given without a file; write a file, a folder or -");
  }

  @Test
  void aFolderWithoutManifestsIsTold() {
    assertThat(problems(folder.toString()))
        .containsExactly(folder + ": has no manifest in it; manifests end in .yaml, .yml or .json");
  }

  @Test
  void whatIsNoRegularFileIsNotOpened() throws Exception {
    Path pipe = folder.resolve("pipe.yaml");
    int made = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    assumeTrue(made == 0, "mkfifo works");

    for (String path : List.of(pipe.toString(), folder.toString(), "/dev/zero")) {
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () ->
              assertThat(problems(path))
                  .singleElement()
                  .asString()
                  .endsWith("is not a regular file; to read a pipe, write -f - and redirect it"));
    }
  }

  @Test
  void whatCannotBeReadIsTold() throws Exception {
    Path file = write("a.yaml", manifest("a"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    // Root may read it all the same.
    assumeTrue(!Files.isReadable(file));

    assertThat(problems(file.toString()))
        .containsExactly(file + ": could not be read: permission denied");
  }

  @Test
  void anErrorWhileReadingIsTold() {
    // A regular file by its mode, in which nothing is mapped at offset 0.
    assertThat(problems("/proc/self/mem"))
        .containsExactly("/proc/self/mem: could not be read: Input/output error");
  }

  @Test
  void aFileThatIsTooLargeIsRefused() throws Exception {
    Path file = write("a.yaml", "#".repeat(ManifestReader.MAX_BYTES + 1));
    Path fits = write("b.yaml", manifest("b") + "#".repeat(2 * 1024 * 1024));

    assertThat(problems(file.toString()))
        .containsExactly(file + ": is larger than 3 MiB; split it");
    assertThat(names(fits.toString())).containsExactly("b");
  }

  @Test
  void endlessStandardInputIsRefused() {
    var endless =
        new InputStream() {
          @Override
          public int read() {
            return '#';
          }
        };
    var e =
        catchThrowableOfType(
            ManifestException.class, () -> ManifestFiles.read(List.of("-"), endless, note -> {}));

    assertThat(e).hasMessage("standard input: is larger than 3 MiB; split it");
  }

  @Test
  void theSameNameTwiceIsRefusedWithBothPlaces() throws Exception {
    Path a = write("a.yaml", manifest("x"));
    Path b = write("b.yaml", manifest("y") + "---\n" + manifest("x, namespace: default"));

    assertThat(problems(folder.toString()))
        .containsExactly(
            "%s: document 2: metadata.name: default/x is also in %s; change or remove one of the two"
                .formatted(b, a));
  }

  @Test
  void theSameNameInTwoNamespacesIsNotTheSame() throws Exception {
    write("a.yaml", manifest("x"));
    write("b.yaml", manifest("x, namespace: shop"));

    assertThat(names(folder.toString())).containsExactly("x", "x");
  }

  @Test
  void theSameUidTwiceIsRefusedWithBothPlaces() throws Exception {
    Path a = write("a.yaml", manifest("x, uid: u-1"));
    Path b = write("b.yaml", manifest("y, uid: u-1"));

    assertThat(problems(folder.toString()))
        .containsExactly(
            "%s: metadata.uid: u-1 is also in %s; change or remove one of the two".formatted(b, a));
  }

  @Test
  void aPathThatIsNoneIsTold() {
    assertThat(problems("a\0b"))
        .containsExactly(
            "a\\u0000b: cannot be the name of a file; name another, or set LC_ALL=C.UTF-8 if this"
                + " has letters beyond ASCII");
  }

  private static String manifest(String name) {
    return MINIMAL.replace("link", name);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<String> names(String... arguments) throws ManifestException {
    return ManifestFiles.read(List.of(arguments), nothing(), note -> {}).stream()
        .map(manifest -> manifest.attachment().getMetadata().getName())
        .toList();
  }

  private static List<String> problems(String... arguments) {
    var e =
        catchThrowableOfType(
            ManifestException.class,
            () -> ManifestFiles.read(List.of(arguments), nothing(), note -> {}));
    return Objects.requireNonNull(e, "was read without a problem").problems().stream()
        .map(ManifestProblem::toString)
        .toList();
  }

  private static InputStream nothing() {
    return InputStream.nullInputStream();
  }
}
