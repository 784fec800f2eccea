package io.netattach.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.cli.doctor.Finding.Result;
import io.netattach.cli.doctor.Mounts.Mount;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountsTest {
  private static final String ROOT = "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw";

  private static Finding look(String... lines) {
    return Mounts.judge(List.of(lines));
  }

  @Test
  void theNearestMountDecides() {
    assertThat(look(ROOT, "30 22 0:25 / /run rw - tmpfs tmpfs rw").result())
        .isEqualTo(Result.MISSING);
    assertThat(look(ROOT, "30 22 0:25 / /run rw shared:5 - tmpfs tmpfs rw").result())
        .isEqualTo(Result.OK);
    assertThat(look(ROOT, "30 22 0:25 / /run/netns-of-others rw - tmpfs tmpfs rw").result())
        .isEqualTo(Result.OK);
  }

  @Test
  void ofTwoAtOnePlaceTheLaterDecides() {
    assertThat(
            look(
                    ROOT,
                    "30 22 0:25 / /run/netns rw shared:5 - tmpfs tmpfs rw",
                    "31 30 0:25 / /run/netns rw - tmpfs tmpfs rw")
                .result())
        .isEqualTo(Result.MISSING);
  }

  @Test
  void aVolumeThatOnlyReceivesMountsDoesNotDo() {
    assertThat(look(ROOT, "31 22 0:26 /netns /run/netns rw master:5 - tmpfs tmpfs rw").result())
        .isEqualTo(Result.MISSING);
    assertThat(
            look(ROOT, "31 22 0:26 /netns /run/netns rw shared:9 master:5 - tmpfs tmpfs rw")
                .result())
        .isEqualTo(Result.OK);
  }

  @Test
  void aFolderMountedOnItselfIsSharedWithWhomItsParentIs() {
    String own = "31 30 0:25 /netns /run/netns rw shared:9 - tmpfs tmpfs rw";

    assertThat(look(ROOT, "30 22 0:25 / /run rw - tmpfs tmpfs rw", own).result())
        .isEqualTo(Result.MISSING);
    assertThat(look(ROOT, "30 22 0:25 / /run rw shared:5 - tmpfs tmpfs rw", own).result())
        .isEqualTo(Result.OK);
  }

  @Test
  void whatIsSharedWithinAContainerAloneDoesNotDo() {
    Finding finding = look("22 1 0:50 / / rw shared:7 - overlay overlay rw,lowerdir=/a");

    assertThat(finding.result()).isEqualTo(Result.MISSING);
    assertThat(finding.sentences()).contains("(/, overlay)", "Bidirectional");
  }

  @Test
  void namesWithBlanksAreRead() {
    assertThat(Mount.parse("31 22 0:25 / /a\\040b rw - tmpfs tmpfs rw").orElseThrow().point())
        .isEqualTo(Path.of("/a b"));
    assertThat(Mount.parse("nothing of the sort")).isEmpty();
  }
}
