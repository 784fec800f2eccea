package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netattach.NoLeftovers;
import io.netattach.cri.FakeRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class DoctorCommandTest {
  /** Where mounts are seen by others, as on a node. */
  private static final List<String> SHARED =
      List.of(
          "unshare", "--mount", "sh", "-ec", "mount --make-rshared /run; exec \"$@\"", "shared");

  private static List<String> without(String capabilities) {
    return List.of("setpriv", "--inh-caps=" + capabilities, "--bounding-set=" + capabilities);
  }

  /** What it says, by what it is about; several sentences about one are several texts. */
  private static List<JsonNode> findings(Child doctor, int exitCode) {
    assertThat(doctor.exitCode()).as("%s %s", doctor.out(), doctor.err()).isEqualTo(exitCode);
    try {
      JsonNode report = new ObjectMapper().readTree(String.join("\n", doctor.out()));
      assertThat(report.path("good").asBoolean()).isEqualTo(exitCode == 0);
      return report.path("findings").valueStream().toList();
    } catch (IOException e) {
      throw new AssertionError(String.join("\n", doctor.out()), e);
    }
  }

  private static List<String> missing(List<JsonNode> findings) {
    return findings.stream()
        .filter(finding -> finding.path("result").asText().equals("missing"))
        .map(finding -> finding.path("subject").asText() + ": " + finding.path("what").asText())
        .toList();
  }

  private static Child doctor(List<String> wrapper) {
    return Child.start(wrapper, Map.of("KUBECONFIG", ""), "doctor", "-o", "json");
  }

  @Test
  void aNodeThatHasAllItNeedsIsGoodAndLeftAsItWas() {
    String before = Shell.run("ip -d link; ip netns; ls -A /run; cat /proc/self/mountinfo");

    try (Child doctor = doctor(SHARED)) {
      List<JsonNode> findings = findings(doctor, 0);
      assertThat(findings)
          .extracting(finding -> finding.path("what").asText())
          .contains(
              "CAP_NET_ADMIN and CAP_SYS_ADMIN are there",
              "/run/netns is on a shared mount (/run)",
              "veth pairs can be made",
              "links can have alternative names",
              "changes in all namespaces can be heard",
              "links can be deleted as a group",
              "settings below /proc/sys can be written");
    }

    assertThat(Shell.run("ip -d link; ip netns; ls -A /run; cat /proc/self/mountinfo"))
        .isEqualTo(before);
  }

  @Test
  void aMountThatNobodyElseSeesIsMissedUnlessNoNamespacesAreMade() {
    Invocation alone = Invocation.of("doctor");
    assertThat(alone.code()).isEqualTo(1);
    assertThat(alone.out())
        .contains("missing   mounts", "/run/netns is on a mount that is not shared (/run, tmpfs)")
        .contains("seen by nobody else on the node", "mountPropagation: Bidirectional");

    Invocation existing = Invocation.of("doctor", "--existing-netns-only");
    assertThat(existing.code()).as(existing.out()).isZero();
  }

  @Test
  void aCapabilityThatIsMissingIsNamed() {
    try (Child doctor = doctor(without("-net_admin"))) {
      assertThat(missing(findings(doctor, 1)))
          .contains("capabilities: this process lacks CAP_NET_ADMIN");
    }
    try (Child doctor = doctor(without("-net_broadcast"))) {
      assertThat(findings(doctor, 1))
          .filteredOn(finding -> finding.path("result").asText().equals("note"))
          .extracting(finding -> finding.path("what").asText())
          .contains("this process lacks CAP_NET_BROADCAST")
          .anyMatch(what -> what.startsWith("changes in other namespaces cannot be heard"));
    }
    try (Child doctor = doctor(without("-net_raw"))) {
      assertThat(findings(doctor, 1))
          .filteredOn(finding -> finding.path("result").asText().equals("note"))
          .extracting(finding -> finding.path("what").asText())
          .contains("this process lacks CAP_NET_RAW");
    }
  }

  @Test
  void withoutRootItSaysWhatItCannotTell() {
    try (Child doctor = doctor(without("-all"))) {
      List<JsonNode> findings = findings(doctor, 1);
      assertThat(missing(findings))
          .contains("capabilities: this process lacks CAP_NET_ADMIN and CAP_SYS_ADMIN");
      assertThat(findings)
          .filteredOn(finding -> finding.path("result").asText().equals("unknown"))
          .extracting(finding -> finding.path("what").asText())
          .contains("what it can do is not tried, which takes CAP_NET_ADMIN and CAP_SYS_ADMIN");
    }
  }

  @Test
  void aReadOnlyProcSysIsNoHindrance() {
    List<String> readOnly =
        List.of(
            "unshare",
            "--mount",
            "sh",
            "-ec",
            "mount --make-rshared /run; mount --bind /proc/sys /proc/sys;"
                + " mount -o remount,bind,ro /proc/sys; exec \"$@\"",
            "contained");
    try (Child doctor = doctor(readOnly)) {
      assertThat(findings(doctor, 0))
          .extracting(finding -> finding.path("what").asText())
          .contains("settings below /proc/sys can be written");
    }
  }

  @Test
  void anApiServerThatDoesNotAnswerIsMissed(@TempDir Path folder) throws IOException {
    Path kubeconfig = folder.resolve("kubeconfig");
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: x, cluster: {server: "http://127.0.0.1:9"}}]
        users: [{name: x, user: {token: t}}]
        contexts: [{name: x, context: {cluster: x, user: x}}]
        current-context: x
        """);
    try (Child doctor =
        Child.start(SHARED, Map.of("KUBECONFIG", kubeconfig.toString()), "doctor")) {
      assertThat(doctor.exitCode()).isEqualTo(1);
      assertThat(doctor.err()).isEmpty();
      assertThat(doctor.out())
          .filteredOn(line -> line.startsWith("missing"))
          .singleElement()
          .asString()
          .contains("API server", "The API server cannot be reached", "waits until it can");
    }
  }

  @Test
  void aContainerRuntimeThatAnswersIsNamed(@TempDir Path folder) {
    try (FakeRuntime runtime = new FakeRuntime(folder.resolve("cri.sock"));
        Child doctor = doctorAsking(runtime.socket())) {
      assertThat(doctor.exitCode()).isZero();
      assertThat(doctor.err()).isEmpty();
      assertThat(doctor.out())
          .filteredOn(line -> line.contains("container runtime"))
          .singleElement()
          .asString()
          .startsWith("ok")
          .contains("At " + runtime.socket() + " answers fake v1.0");
    }
  }

  @Test
  void withoutAContainerRuntimeItSaysWhatCannotBeHad(@TempDir Path folder) {
    Path nothing = folder.resolve("none.sock");
    try (Child doctor = doctorAsking(nothing)) {
      assertThat(doctor.exitCode()).as("named namespaces do not need it").isZero();
      assertThat(doctor.out())
          .filteredOn(line -> line.contains("container runtime"))
          .singleElement()
          .asString()
          .startsWith("note")
          .contains(nothing.toString(), "Nothing can be attached to pods", "--runtime-socket");
    }
  }

  private static Child doctorAsking(Path socket) {
    return Child.start(
        SHARED, Map.of("KUBECONFIG", ""), "doctor", "--runtime-socket", socket.toString());
  }
}
