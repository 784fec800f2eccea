package io.netattach.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrnoTest {
  @ParameterizedTest
  @CsvSource({
    "1, EPERM",
    "17, EEXIST",
    "19, ENODEV",
    "22, EINVAL",
    "35, EDEADLK",
    "95, EOPNOTSUPP",
    "107, ENOTCONN",
    "133, EHWPOISON"
  })
  void numbersHaveTheKernelsNames(int number, String name) {
    assertThat(new Errno(number).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 134, 524, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aNumberWithoutNameIsShownAsItIs(int number) {
    assertThat(new Errno(number).name()).isEqualTo("E" + number);
    assertThat(new Errno(number).toString()).startsWith("E" + number + " (");
  }

  @Test
  void nameAndTextAreShown() {
    assertThat(Errno.ENODEV).hasToString("ENODEV (No such device)");
  }

  @Test
  void theNamesAreThoseOfTheCLibrary() throws Exception {
    String[] lines = namesByPython();
    for (String line : lines) {
      String[] numberAndName = line.split(" ", 2);
      assertThat(new Errno(Integer.parseInt(numberAndName[0])).name()).isEqualTo(numberAndName[1]);
    }
    assertThat(lines.length).isGreaterThan(100);
  }

  private static String[] namesByPython() throws InterruptedException {
    // Where two names share a number, Python shows the other one of two of them.
    String script =
        "import errno\nfor n, e in errno.errorcode.items():\n"
            + " print(n, {'ENOTSUP': 'EOPNOTSUPP', 'EDEADLOCK': 'EDEADLK'}.get(e, e))";
    try {
      Process python = new ProcessBuilder("python3", "-c", script).start();
      String output = new String(python.getInputStream().readAllBytes(), UTF_8);
      assumeTrue(python.waitFor() == 0, "python3 does not run here");
      return output.strip().split("\n", -1);
    } catch (IOException e) {
      assumeTrue(false, "there is no python3 here");
      throw new AssertionError(e);
    }
  }
}
