package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Kept by {@code netattach run}. */
class ChaosTest extends ChaosSuite {
  private @TempDir Path folder = Path.of("");

  @Override
  protected Keeper keep(List<String> manifests) throws IOException {
    for (int i = 0; i < manifests.size(); i++) {
      Files.writeString(folder.resolve(i + ".yaml"), manifests.get(i));
    }
    Child run =
        Child.start(
            "run",
            "--node",
            "node-1",
            "--manifests",
            folder.toString(),
            "--recheck",
            "3600",
            "--allow-bridge",
            BRIDGE);
    return new Keeper() {
      @Override
      public void saysAllIsAttached() {
        await().atMost(PATIENCE).until(() -> count(": attached in ") >= manifests.size());
        assertThat(run.err()).isEmpty();
      }

      @Override
      public String account() {
        return "%d repairs, %d failures"
            .formatted(
                count(": repaired in "),
                count("Error: ") + count("Conflict: ") + count("InvalidSpec: "));
      }

      private long count(String part) {
        return run.out().stream().filter(line -> line.contains(part)).count();
      }

      @Override
      public void end() {
        assertThat(run.terminate().exitCode()).isZero();
      }

      @Override
      public void close() {
        run.close();
      }
    };
  }
}
