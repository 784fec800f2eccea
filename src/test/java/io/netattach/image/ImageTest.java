package io.netattach.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Looks into the image that {@code make image} has just made, and starts the program in it. */
@Tag("image")
class ImageTest {
  private static final Path PROGRAM = Path.of("opt/netattach");
  private static final Path RUNTIME = PROGRAM.resolve("lib/runtime");

  /**
   * Modules that libraries refer to in classes that are never loaded here: Jackson's and JAXB's for
   * other platforms' types, generators of code, a bean introspector, metrics of databases.
   */
  private static final Set<String> NEVER_LOADED =
      Set.of(
          "java.compiler",
          "java.desktop",
          "java.rmi",
          "java.sql",
          "java.transaction.xa",
          "java.xml",
          "jdk.compiler");

  private static final Map<String, String> MODULES = modulesByPackage();

  @TempDir private static Path archive;
  @TempDir private static Path root;
  private static JsonNode manifest;
  private static JsonNode config;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    run("tar", "-xf", "target/netattach-image.tar", "-C", archive.toString());
    manifest = new ObjectMapper().readTree(archive.resolve("manifest.json").toFile()).path(0);
    config =
        new ObjectMapper().readTree(archive.resolve(manifest.path("Config").asText()).toFile());
    for (JsonNode layer : manifest.path("Layers")) {
      run(
          "tar",
          "--no-same-owner",
          "-xf",
          archive.resolve(layer.asText()).toString(),
          "-C",
          root.toString());
    }
  }

  @Test
  void itIsNamedAsAsked() {
    assertThat(manifest.path("RepoTags").path(0).asText())
        .isEqualTo(System.getProperty("imageName"));
  }

  @Test
  void itsEntryPointIsTheProgramForAllUsersOnTheRightPath() {
    JsonNode run = config.path("config");
    assertThat(run.path("Entrypoint")).hasSize(1);
    assertThat(run.path("Entrypoint").path(0).asText()).isEqualTo("/opt/netattach/bin/netattach");
    assertThat(run.path("Cmd").size()).isZero();
    assertThat(run.path("User").asText()).isEqualTo("0:0");
    assertThat(environment().get("PATH")).startsWith("/opt/netattach/bin:");
    assertThat(environment()).containsEntry("LC_ALL", "C.UTF-8");
  }

  @Test
  void itsLabelsSayWhatItIs() throws IOException {
    JsonNode labels = config.path("config").path("Labels");
    assertThat(labels.path("org.opencontainers.image.title").asText()).isEqualTo("netattach");
    assertThat(labels.path("org.opencontainers.image.description").asText()).isNotEmpty();
    assertThat(labels.path("org.opencontainers.image.licenses").asText()).isEqualTo("Apache-2.0");
    assertThat("netattach " + labels.path("org.opencontainers.image.version").asText())
        .isEqualTo(version());
    assertThat(labels.path("org.opencontainers.image.revision").asText())
        .matches("[0-9a-f]{40}(-dirty)?|unknown");
  }

  @Test
  void itsBillOfMaterialsListsEachLibrary() throws IOException {
    JsonNode bill =
        new ObjectMapper().readTree(root.resolve(PROGRAM).resolve("sbom.cdx.json").toFile());
    assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
    Set<String> listed = new TreeSet<>();
    for (JsonNode library : bill.path("components")) {
      listed.add(
          library.path("group").asText()
              + "."
              + library.path("name").asText()
              + "-"
              + library.path("version").asText()
              + ".jar");
    }
    try (Stream<Path> files = Files.walk(root.resolve(PROGRAM).resolve("lib/app/lib"))) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".jar")))
          .isNotEmpty()
          .allMatch(listed::contains);
    }
  }

  @Test
  void itHasNeitherAShellNorIp() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .doesNotContain(
              "sh", "bash", "dash", "ash", "busybox", "toybox", "ip", "java", "keytool");
    }
  }

  @Test
  void whatIsOursCanBeReadByEveryUser() throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve(PROGRAM))) {
      assertThat(files)
          .allSatisfy(file -> {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            assertThat(permissions)
                .contains(PosixFilePermission.OTHERS_READ)
                .doesNotContain(PosixFilePermission.OTHERS_WRITE);
            if (Files.isDirectory(file)) {
              assertThat(permissions).contains(PosixFilePermission.OTHERS_EXECUTE);
            }
          });
    }
  }

  @Test
  void theProgramStartsInItWithAReadOnlyRoot() throws IOException, InterruptedException {
    assertThat(netattach("version")).isEqualTo(version() + "\n");
    assertThat(netattach("--help")).contains("Usage: netattach", "list", "detach");
  }

  /** Needs the netlink library and with it JNA, which must not unpack anything. */
  @Test
  void theProgramReachesTheKernel() throws IOException, InterruptedException {
    assumeTrue(
        isOfThisMachine(),
        "the image is of another platform, and qemu does not pass on all requests to the kernel");
    assertThat(netattach("list")).isEqualTo("no attachments on this node\n");
  }

  /** More of the JDK is used then, such as the file system of jars. */
  @Test
  @Timeout(600)
  void theOperatorBeginsInIt() throws IOException, InterruptedException {
    assertThat(beginnings(Map.of())).isNotEmpty();
  }

  /** Otherwise, the archive does not fit, or the list that it is made from is old. */
  @Test
  @Timeout(600)
  void itsClassesComeFromTheArchive() throws IOException, InterruptedException {
    Map<Boolean, List<String>> classes =
        beginnings(Map.of("JAVA_TOOL_OPTIONS", "-Xshare:on -Xlog:class+load")).stream()
            .filter(line -> line.contains("[class,load]"))
            .collect(Collectors.partitioningBy(line -> line.contains("shared objects file")));

    assertThat(classes.get(true)).hasSizeGreaterThan(5_000);
    assertThat(classes.get(false).size())
        .as("classes that make classes should bring: %s", classes.get(false))
        .isLessThan(classes.get(true).size() / 20);
  }

  /** Its container has all, as that of a privileged pod. */
  @Test
  @Timeout(600)
  void theAgentKeepsFourCapabilities() throws IOException, InterruptedException {
    assumeTrue(
        isOfThisMachine(), "the image is of another platform, and qemu begins anew as itself");
    List<String> statuses = new ArrayList<>();
    begin(Map.of(), agent -> statuses.addAll(statuses(agent.pid())), "agent", "--node", "n1");

    assertThat(statuses)
        .hasSizeGreaterThan(5)
        .allSatisfy(status ->
            assertThat(status)
                .contains(
                    "CapPrm:\t0000000000203800\n",
                    "CapBnd:\t0000000000203800\n",
                    "NoNewPrivs:\t1\n"));
  }

  /** Of each thread that has not ended meanwhile. */
  private static List<String> statuses(long process) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process), "task"))) {
      List<String> statuses = new ArrayList<>();
      for (Path thread : threads.toList()) {
        try {
          statuses.add(Files.readString(thread.resolve("status")));
        } catch (IOException e) {
          assertThat(thread).doesNotExist();
        }
      }
      return statuses;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a controller says until it has found no API server. */
  private static List<String> beginnings(Map<String, String> variables)
      throws IOException, InterruptedException {
    return begin(variables, controller -> {}, "controller");
  }

  /** Starts it, awaits that it has found no API server, and ends it. */
  private static List<String> begin(
      Map<String, String> variables, Consumer<Process> then, String... arguments)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command(variables, arguments)).redirectErrorStream(true).start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> said = new ArrayList<>();
      assertThat(
              output
                  .lines()
                  .peek(said::add)
                  .anyMatch(line -> line.contains("the API server cannot be reached")))
          .as(() -> String.join("\n", said))
          .isTrue();
      then.accept(process);
      return said;
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  @Test
  void theRuntimeHasTheModulesThatTheProgramRefersTo() throws IOException {
    Set<String> referredTo = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root.resolve(PROGRAM))) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        referredTo.addAll(modulesThatClassesReferTo(jar));
      }
    }
    assertThat(referredTo).contains("java.base", "java.management").isSubsetOf(provided());
  }

  private static Set<String> modulesThatClassesReferTo(Path jar) throws IOException {
    Set<String> modules = new TreeSet<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(file.entries())) {
        if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF/")) {
          byte[] bytes = file.getInputStream(entry).readAllBytes();
          for (PoolEntry constant : ClassFile.of().parse(bytes).constantPool()) {
            if (constant instanceof ClassEntry referred) {
              modules.add(MODULES.getOrDefault(referred.asSymbol().packageName(), "java.base"));
            }
          }
        }
      }
    }
    return modules;
  }

  /** The JDK's packages and the module that each is in. */
  private static Map<String, String> modulesByPackage() {
    Map<String, String> modules = new HashMap<>();
    for (ModuleReference module : ModuleFinder.ofSystem().findAll()) {
      ModuleDescriptor descriptor = module.descriptor();
      descriptor.exports().forEach(export -> modules.put(export.source(), descriptor.name()));
    }
    return modules;
  }

  private static Set<String> provided() throws IOException {
    String release = Files.readString(root.resolve(RUNTIME).resolve("release"));
    String modules = release.replaceAll("(?s).*MODULES=\"([^\"]*)\".*", "$1");
    Set<String> all = new TreeSet<>(NEVER_LOADED);
    all.addAll(List.of(modules.split(" ")));
    return all;
  }

  private static Map<String, String> environment() {
    return Stream.of(config.path("config").path("Env"))
        .flatMap(JsonNode::valueStream)
        .map(entry -> entry.asText().split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  private static boolean isOfThisMachine() {
    String here = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    return config.path("architecture").asText().equals(here);
  }

  private static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = ImageTest.class.getResourceAsStream("/netattach.properties")) {
      properties.load(in);
    }
    return "netattach " + properties.getProperty("version");
  }

  private static String netattach(String... arguments) throws IOException, InterruptedException {
    return run(command(Map.of(), arguments).toArray(String[]::new));
  }

  /** Starts it as a container runtime would: the image is its root, which it cannot write to. */
  private static List<String> command(Map<String, String> variables, String... arguments) {
    String start =
        """
        mount --bind "$0" "$0" && mkdir -p "$0/proc" && mount --rbind /proc "$0/proc" &&
        mount -o remount,bind,ro "$0" && exec env -i %s chroot "$0" /opt/netattach/bin/netattach "$@"
        """;
    Map<String, String> all = new HashMap<>(environment());
    all.putAll(variables);
    List<String> assignments = new ArrayList<>();
    all.forEach((name, value) -> assignments.add(name + "='" + value + "'"));
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                start.formatted(String.join(" ", assignments)),
                root.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
