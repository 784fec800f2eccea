package io.netattach.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.jna.Native;
import inet.ipaddr.IPAddress;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import io.netattach.cni.CniResult;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/library.md, compiled and run with what the library needs and no more. */
@ExtendWith(NoLeftovers.class)
class FirstProgramTest {
  private static final Path SOURCE = Path.of("src/example/java/FirstProgram.java");

  private static final String CLASS_PATH =
      Stream.of(
              CniResult.class,
              Native.class,
              IPAddress.class,
              ObjectMapper.class,
              JsonFactory.class,
              JsonProperty.class)
          .map(FirstProgramTest::home)
          .collect(Collectors.joining(File.pathSeparator));

  /** The jar, or the folder, that a class is from. */
  private static String home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Tag("kernel")
  void itRunsWithoutQuarkusAndLeavesNothing(@TempDir Path classes) throws Exception {
    assertThat(CLASS_PATH).doesNotContainIgnoringCase("quarkus").doesNotContain("fabric8");
    compile(classes);
    List<String> lines = run(classes);
    assertThat(lines).hasSize(4);
    assertThat(lines.subList(0, 2)).containsExactlyInAnyOrder("lo mtu 65536", "net1 mtu 1450");
    CniResult result = CniResult.fromJson(lines.get(2));
    assertThat(result.interfaces()).hasSize(2);
    assertThat(result.interfaces().get(0).name().value()).matches("veth[0-9a-f]{8}");
    assertThat(result.interfaces().get(1).name()).isEqualTo(new InterfaceName("net1"));
    assertThat(result.interfaces().get(1).mac()).isEqualTo(MacAddress.of("02:00:5e:00:00:01"));
    assertThat(result.interfaces().get(1).sandbox()).isEqualTo("/run/netns/first-program");
    assertThat(result.ips().getFirst().address()).isEqualTo(IpPrefix.of("10.10.0.2/24"));
    assertThat(lines.get(3)).isEqualTo("deleted: true");
    assertThat(Ip.here().hasLink(result.interfaces().get(0).name().value())).isFalse();
  }

  private static void compile(Path classes) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                said,
                said,
                "-proc:none",
                "-classpath",
                CLASS_PATH,
                "-d",
                classes.toString(),
                SOURCE.toString());
    assertThat(status).as(said.toString(UTF_8)).isZero();
  }

  /** What it wrote, to either stream. */
  private static List<String> run(Path classes) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes + File.pathSeparator + CLASS_PATH,
                "FirstProgram")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }

  @Test
  void itIsTheProgramOfTheDocumentAndHasFortyLines() throws IOException {
    String program = Files.readString(SOURCE);
    assertThat(Files.readString(Path.of("docs/library.md"))).contains("```java\n" + program);
    assertThat(program.lines().count()).isLessThanOrEqualTo(40);
  }
}
