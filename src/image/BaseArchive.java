import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Turns the archive of a base image into one that Jib reads: {@code BaseArchive ARCHIVE
 * ARCHITECTURE FOLDER} unpacks it into FOLDER and packs that as FOLDER.tar. There are two forms,
 * that of {@code docker save} with a manifest.json and the OCI layout with an index.json; Jib reads
 * the first only.
 */
final class BaseArchive {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final String architecture;

  private BaseArchive(Path folder, String architecture) {
    this.folder = folder;
    this.architecture = architecture;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Path archive = Path.of(args[0]);
    Path folder = Path.of(args[2]);
    try {
      new BaseArchive(folder, args[1]).convert(archive);
    } catch (Unusable e) {
      System.err.println("make image: BASE_IMAGE=tar:" + archive + " " + e.getMessage());
      System.exit(1);
    }
  }

  private void convert(Path archive) throws IOException, InterruptedException {
    if (!Files.isRegularFile(archive)) {
      throw new Unusable("names no file; write the path of an image archive");
    }
    Files.createDirectories(folder);
    if (!tar("-xf", archive.toString(), "-C", folder.toString())) {
      throw new Unusable("is not an image archive: tar cannot unpack it");
    }
    Path manifest = folder.resolve("manifest.json");
    if (Files.exists(manifest)) {
      checkOnly(JSON.readTree(manifest.toFile()));
    } else if (Files.exists(folder.resolve("index.json"))) {
      JSON.writeValue(manifest.toFile(), dockerManifest());
    } else {
      throw new Unusable("is not an image archive: it has neither manifest.json nor index.json");
    }
    pack();
  }

  /** Jib refuses names that begin with "./". */
  private void pack() throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("-cf", folder + ".tar", "-C", folder.toString(), "--"));
    try (Stream<Path> files = Files.list(folder)) {
      files.map(Path::getFileName).map(Path::toString).forEach(arguments::add);
    }
    if (!tar(arguments.toArray(String[]::new))) {
      throw new IOException("tar cannot pack " + folder);
    }
  }

  /** An archive that {@code docker save} wrote holds one image of the right platform. */
  private void checkOnly(JsonNode manifest) throws IOException {
    if (manifest.size() != 1) {
      throw new Unusable("holds " + manifest.size() + " images; write an archive of one");
    }
    Platform platform = Platform.of(JSON.readTree(file(manifest.path(0).path("Config"))));
    if (!platform.matches(architecture)) {
      throw wrongPlatform(List.of(platform));
    }
  }

  private ArrayNode dockerManifest() throws IOException {
    List<Platform> others = new ArrayList<>();
    JsonNode manifest =
        find(JSON.readTree(folder.resolve("index.json").toFile()), others)
            .orElseThrow(() -> wrongPlatform(others));
    ObjectNode image = JSON.createObjectNode();
    image.put("Config", blobName(manifest.path("config")));
    image.putArray("RepoTags");
    ArrayNode layers = image.putArray("Layers");
    for (JsonNode layer : manifest.path("layers")) {
      String type = layer.path("mediaType").asText();
      if (!type.endsWith("gzip")) {
        throw new Unusable(
            "has a layer of type " + type + "; write an archive with layers in gzip");
      }
      layers.add(blobName(layer));
    }
    return JSON.createArrayNode().add(image);
  }

  /** The manifest for the platform in an index, which may hold further ones. */
  private Optional<JsonNode> find(JsonNode index, List<Platform> others) throws IOException {
    for (JsonNode entry : index.path("manifests")) {
      JsonNode content = JSON.readTree(blob(entry));
      if (content.has("manifests")) {
        Optional<JsonNode> inner = find(content, others);
        if (inner.isPresent()) {
          return inner;
        }
      } else if (content.has("config")) {
        Platform platform =
            Platform.of(
                entry.has("platform")
                    ? entry.path("platform")
                    : JSON.readTree(blob(content.path("config"))));
        if (platform.matches(architecture)) {
          return Optional.of(content);
        }
        // Attestations are stored as images of an unknown platform.
        if (!platform.os().equals("unknown")) {
          others.add(platform);
        }
      }
    }
    return Optional.empty();
  }

  private Unusable wrongPlatform(List<Platform> others) {
    return new Unusable(
        others.isEmpty()
            ? "holds no image"
            : "is for "
                + String.join(", ", others.stream().map(Platform::toString).distinct().toList())
                + "; write one for linux/"
                + architecture);
  }

  private InputStream blob(JsonNode descriptor) throws IOException {
    return Files.newInputStream(inside(blobName(descriptor)));
  }

  private InputStream file(JsonNode name) throws IOException {
    return Files.newInputStream(inside(name.asText()));
  }

  private static String blobName(JsonNode descriptor) {
    return "blobs/" + descriptor.path("digest").asText().replace(':', '/');
  }

  private Path inside(String name) {
    Path path = folder.resolve(name).normalize();
    if (!path.startsWith(folder.normalize()) || !Files.isRegularFile(path)) {
      throw new Unusable("is not a whole image archive: " + name + " is missing");
    }
    return path;
  }

  private static boolean tar(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tar"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private record Platform(String os, String architecture) {
    static Platform of(JsonNode node) {
      return new Platform(node.path("os").asText(), node.path("architecture").asText());
    }

    boolean matches(String wanted) {
      return os.equals("linux") && architecture.equals(wanted);
    }

    @Override
    public String toString() {
      return os + "/" + architecture;
    }
  }

  private static final class Unusable extends RuntimeException {
    Unusable(String message) {
      super(message);
    }
  }
}
