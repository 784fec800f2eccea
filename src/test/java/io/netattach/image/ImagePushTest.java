package io.netattach.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code make push} does, with a registry on this machine. */
@Tag("image")
class ImagePushTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path MADE = Path.of("target/netattach-image.tar");
  private static final Path LIBRARIES = Path.of("target/image/push");
  private static final String REGISTRY_PROGRAM = "docker-registry";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private String registry = "";
  private @Nullable Process process;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(
        isOnPath(REGISTRY_PROGRAM),
        "there is no " + REGISTRY_PROGRAM + " to push to: install Debian's package of that name");
    assumeTrue(
        Files.isDirectory(LIBRARIES), "make push has not been called, which brings its libraries");
    registry = "127.0.0.1:" + freePort();
    Path config =
        Files.writeString(
            folder.resolve("config.yml"),
            """
            version: 0.1
            storage:
              filesystem:
                rootdirectory: %s
            http:
              addr: %s
            """
                .formatted(folder.resolve("data"), registry));
    process =
        new ProcessBuilder(REGISTRY_PROGRAM, "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> get("/v2/").equals("{}"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    http.close();
    if (process != null) {
      process.destroy();
      process.waitFor();
    }
  }

  @Test
  void theIndexHasEachPlatformThatWasPushed() throws Exception {
    Path amd64 = altered("architecture", "amd64");
    Path arm64 = altered("architecture", "arm64");
    assertThat(push(amd64, registry + "/netattach:1"))
        .contains("pushed " + registry + "/netattach:1-amd64@sha256:")
        .contains("not in the index: arm64, of which there is no image");
    assertThat(platforms("1")).containsExactly("linux/amd64");

    assertThat(push(arm64, registry + "/netattach:1")).doesNotContain("not in the index");
    assertThat(platforms("1")).containsExactly("linux/amd64", "linux/arm64");
  }

  @Test
  void anImageOfAnotherCommitIsNotInTheIndex() throws Exception {
    push(altered("architecture", "arm64"), registry + "/netattach:1");
    Path other = altered("org.opencontainers.image.revision", "another");

    assertThat(push(other, registry + "/netattach:1"))
        .contains("not in the index: ", ", of which the image is of commit ");
    assertThat(platforms("1")).hasSize(1);
  }

  @Test
  void whatIsPushedAgainIsTheSame() throws Exception {
    String first = push(MADE, registry + "/netattach:1");
    assertThat(push(MADE, registry + "/netattach:1")).isEqualTo(first);
  }

  @Test
  void itKeepsWhatTheArchiveSays() throws Exception {
    push(altered("architecture", "amd64"), registry + "/netattach:1");

    JsonNode config =
        json("/v2/netattach/blobs/" + manifest("1-amd64").at("/config/digest").asText());
    assertThat(config.at("/config/Entrypoint/0").asText())
        .isEqualTo("/opt/netattach/bin/netattach");
    assertThat(config.at("/config/Labels").path("org.opencontainers.image.title").asText())
        .isEqualTo("netattach");
    assertThat(config.at("/rootfs/diff_ids").size())
        .isEqualTo(manifest("1-amd64").path("layers").size())
        .isGreaterThan(3);
  }

  @Test
  void aNameWithoutARegistryIsRefused() throws Exception {
    assertThat(push(MADE, "netattach:1"))
        .isEqualTo(
            "make push: IMAGE=netattach:1 names no registry; write IMAGE=REGISTRY/NAME:TAG\n");
  }

  @Test
  void aRegistryThatIsNotThereIsTold() throws Exception {
    String nowhere = "127.0.0.1:" + freePort() + "/netattach:1";
    assertThat(push(MADE, nowhere)).startsWith("make push: " + nowhere + ": ");
  }

  /** The archive with another value of a text in the image's configuration. */
  private Path altered(String key, String value) throws IOException, InterruptedException {
    Path parts = Files.createTempDirectory(folder, "parts");
    run("tar", "-xf", MADE.toString(), "-C", parts.toString());
    JsonNode manifest = JSON.readTree(parts.resolve("manifest.json").toFile()).path(0);
    Path config = parts.resolve(manifest.path("Config").asText());
    String text = Files.readString(config);
    String with =
        text.replaceAll(
            "(\"" + Pattern.quote(key) + "\"\\s*:\\s*)\"[^\"]*\"",
            "$1\"" + Matcher.quoteReplacement(value) + "\"");
    Files.writeString(config, with);
    Path archive = parts.resolveSibling(value + ".tar");
    run("sh", "-c", "cd \"$0\" && tar -cf \"$1\" -- *", parts.toString(), archive.toString());
    return archive;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private static String push(Path archive, String image) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", LIBRARIES + "/*", "src/image/ImagePush.java"));
    command.addAll(List.of(archive.toString(), image));
    Process push = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(push.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(push.waitFor()).as(said).isEqualTo(said.startsWith("make push: ") ? 1 : 0);
    return said;
  }

  private List<String> platforms(String tag) throws IOException, InterruptedException {
    List<String> platforms = new ArrayList<>();
    for (JsonNode entry : manifest(tag).path("manifests")) {
      platforms.add(
          entry.at("/platform/os").asText() + "/" + entry.at("/platform/architecture").asText());
      assertThat(manifest(entry.path("digest").asText()).path("layers")).isNotEmpty();
    }
    return platforms;
  }

  private JsonNode manifest(String reference) throws IOException, InterruptedException {
    return json("/v2/netattach/manifests/" + reference);
  }

  private JsonNode json(String path) throws IOException, InterruptedException {
    return JSON.readTree(get(path));
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + registry + path))
            .header("Accept", "application/vnd.oci.image.index.v1+json")
            .header("Accept", "application/vnd.oci.image.manifest.v1+json")
            .build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  private static boolean isOnPath(String program) {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
