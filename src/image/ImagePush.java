import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Credential;
import com.google.cloud.tools.jib.api.DescriptorDigest;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.LogEvent;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.RegistryUnauthorizedException;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.blob.BlobDescriptor;
import com.google.cloud.tools.jib.blob.Blobs;
import com.google.cloud.tools.jib.event.EventHandlers;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;
import com.google.cloud.tools.jib.hash.Digests;
import com.google.cloud.tools.jib.http.FailoverHttpClient;
import com.google.cloud.tools.jib.image.json.ManifestTemplate;
import com.google.cloud.tools.jib.image.json.OciManifestTemplate;
import com.google.cloud.tools.jib.registry.ManifestAndDigest;
import com.google.cloud.tools.jib.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Puts the image of one platform into a registry, and beside it the index by which each node finds
 * the image of its platform: {@code ImagePush ARCHIVE IMAGE}.
 *
 * <p>The image gets the tag of IMAGE with the architecture behind it, such as {@code 0.1.0-arm64};
 * IMAGE itself becomes an index of all such images that are there and were made of the same commit.
 * So platforms can be pushed one after the other, from one machine or from several.
 */
final class ImagePush {
  private static final List<String> ARCHITECTURES = List.of("amd64", "arm64");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ImageReference image;
  private final Optional<Credential> credential;

  private ImagePush(ImageReference image) throws Exception {
    this.image = image;
    credential = credential(image);
    if (isLocal()) {
      // Of Jib, which otherwise keeps credentials back where there is no TLS.
      System.setProperty("sendCredentialsOverHttp", "true");
    }
  }

  public static void main(String[] args) throws Exception {
    String name = args[1];
    try {
      Path archive = Path.of(args[0]);
      ImagePush push = new ImagePush(reference(name));
      JsonNode config = config(archive);
      String architecture = config.path("architecture").asText();
      push.image(archive, architecture);
      push.index(architecture, revision(config));
    } catch (Unusable e) {
      fail(e.getMessage());
    } catch (RegistryUnauthorizedException e) {
      fail(name + ": the registry refuses: write credentials for it with docker login");
    } catch (ExecutionException e) {
      fail(name + ": " + e.getCause().getMessage());
    } catch (Exception e) {
      fail(name + ": " + e.getMessage());
    }
  }

  private static void fail(String message) {
    System.err.println("make push: " + message);
    System.exit(1);
  }

  private static ImageReference reference(String name) {
    try {
      ImageReference image = ImageReference.parse(name);
      if (image.getDigest().isPresent()) {
        throw new Unusable("IMAGE=" + name + " has a digest; write a tag in place of it");
      }
      if (image.getRepository().startsWith("library/")) {
        throw new Unusable("IMAGE=" + name + " names no registry; write IMAGE=REGISTRY/NAME:TAG");
      }
      return image;
    } catch (InvalidImageReferenceException e) {
      throw new Unusable("IMAGE=" + name + " is not the name of an image: REGISTRY/NAME:TAG");
    }
  }

  /** As docker login has stored it, where it has; without one it is tried as anybody. */
  private static Optional<Credential> credential(ImageReference image) throws Exception {
    return CredentialRetrieverFactory.forImage(image, ImagePush::tell)
        .dockerConfig(dockerFolder().resolve("config.json"))
        .retrieve();
  }

  /** Such as of credentials that cannot be had. */
  private static void tell(LogEvent event) {
    if (event.getLevel() == LogEvent.Level.WARN || event.getLevel() == LogEvent.Level.ERROR) {
      System.err.println("make push: " + event.getMessage());
    }
  }

  private static Path dockerFolder() {
    String folder = System.getenv("DOCKER_CONFIG");
    return folder == null ? Path.of(System.getProperty("user.home"), ".docker") : Path.of(folder);
  }

  /** Registries on this machine need no certificate, as with other tools. */
  private boolean isLocal() {
    return image.getRegistry().matches("(localhost|127\\.[0-9.]+|\\[::1])(:[0-9]+)?");
  }

  private String tag(String architecture) {
    return image.getQualifier() + "-" + architecture;
  }

  private void image(Path archive, String architecture) throws Exception {
    ImageReference target = image.withQualifier(tag(architecture));
    DescriptorDigest digest =
        Jib.from(TarImage.at(archive))
            .setFormat(ImageFormat.OCI)
            .containerize(
                Containerizer.to(
                        RegistryImage.named(target).addCredentialRetriever(() -> credential))
                    .setAllowInsecureRegistries(isLocal())
                    .setToolName("netattach"))
            .getDigest();
    System.out.println("pushed " + target + "@" + digest);
  }

  /** Of the image that has just been pushed, and of others that were made of the same commit. */
  private void index(String pushed, String revision) throws Exception {
    RegistryClient registry = registry();
    List<Entry> entries = new ArrayList<>();
    for (String architecture : ARCHITECTURES) {
      if (registry.checkManifest(tag(architecture)).isEmpty()) {
        System.out.println("not in the index: " + architecture + ", of which there is no image");
        continue;
      }
      var manifest = manifest(registry, architecture);
      String made = revision(config(registry, manifest.getManifest()));
      if (made.equals(revision) && (isOfACommit(made) || architecture.equals(pushed))) {
        entries.add(entry(manifest, architecture));
      } else {
        System.out.println(
            "not in the index: " + architecture + ", of which the image is of commit " + made);
      }
    }
    DescriptorDigest digest = registry.pushManifest(new Index(entries), image.getQualifier());
    System.out.println("pushed " + image + "@" + digest);
  }

  private ManifestAndDigest<OciManifestTemplate> manifest(
      RegistryClient registry, String architecture) throws Exception {
    return registry.pullManifest(tag(architecture), OciManifestTemplate.class);
  }

  private RegistryClient registry() throws Exception {
    FailoverHttpClient http = new FailoverHttpClient(isLocal(), true, event -> {});
    RegistryClient.Factory factory =
        RegistryClient.factory(
            EventHandlers.NONE, image.getRegistry(), image.getRepository(), http);
    credential.ifPresent(factory::setCredential);
    RegistryClient registry = factory.newRegistryClient();
    if (!registry.doPushBearerAuth() && credential.isPresent()) {
      registry.configureBasicAuth();
    }
    return registry;
  }

  private static JsonNode config(RegistryClient registry, OciManifestTemplate manifest)
      throws Exception {
    DescriptorDigest config = manifest.getContainerConfiguration().getDigest();
    return JSON.readTree(
        Blobs.writeToByteArray(registry.pullBlob(config, length -> {}, transferred -> {})));
  }

  private static JsonNode config(Path archive) throws IOException {
    JsonNode manifest = JSON.readTree(file(archive, "manifest.json")).path(0);
    return JSON.readTree(file(archive, manifest.path("Config").asText()));
  }

  private static byte[] file(Path archive, String name) throws IOException {
    try (var tar = new TarArchiveInputStream(Files.newInputStream(archive))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().equals(name)) {
          return tar.readAllBytes();
        }
      }
    }
    throw new Unusable(archive + " is no image archive: it has no " + name);
  }

  private static String revision(JsonNode config) {
    return config.at("/config/Labels").path("org.opencontainers.image.revision").asText("unknown");
  }

  /** Two of no commit, or of changes that are in none, may be of different sources. */
  private static boolean isOfACommit(String revision) {
    return !revision.equals("unknown") && !revision.endsWith("-dirty");
  }

  private static Entry entry(ManifestAndDigest<OciManifestTemplate> manifest, String architecture)
      throws Exception {
    BlobDescriptor written = Digests.computeDigest(manifest.getManifest());
    if (!written.getDigest().equals(manifest.getDigest())) {
      throw new Unusable(
          "the image of " + architecture + " was pushed by another tool; push it again");
    }
    return new Entry(
        OciManifestTemplate.MANIFEST_MEDIA_TYPE,
        manifest.getDigest().toString(),
        written.getSize(),
        new Platform(architecture, "linux"));
  }

  /** An image index as the specification of the Open Containers Initiative has it. */
  private record Index(int schemaVersion, String mediaType, List<Entry> manifests)
      implements ManifestTemplate {
    static final String MEDIA_TYPE = "application/vnd.oci.image.index.v1+json";

    Index(List<Entry> manifests) {
      this(2, MEDIA_TYPE, manifests);
    }

    @Override
    public int getSchemaVersion() {
      return schemaVersion;
    }

    @Override
    public String getManifestMediaType() {
      return mediaType;
    }
  }

  private record Entry(String mediaType, String digest, long size, Platform platform) {}

  private record Platform(String architecture, String os) {}

  private static final class Unusable extends RuntimeException {
    Unusable(String message) {
      super(message);
    }
  }
}
