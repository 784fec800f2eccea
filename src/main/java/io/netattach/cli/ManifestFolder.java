package io.netattach.cli;

import io.netattach.attach.Identity;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.cli.manifest.ManifestFiles;
import io.netattach.cli.manifest.ManifestProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder of manifests over time. A file that is broken, or is just being written, counts as what
 * it was when it was last good.
 */
final class ManifestFolder {
  private final Path path;
  private final Map<Path, List<Desired>> lastGood = new HashMap<>();

  ManifestFolder(Path path) {
    this.path = path;
  }

  /**
   * What the folder says now.
   *
   * @param problems what is wrong with it, a line each
   * @param complete whether everything that it asks for is known; otherwise what is not in {@code
   *     desired} may still be asked for
   */
  record Snapshot(List<Desired> desired, List<String> problems, boolean complete) {}

  Snapshot read() {
    List<String> problems = new ArrayList<>();
    boolean complete = true;
    try {
      List<Path> files = ManifestFiles.inFolder(path);
      lastGood.keySet().retainAll(files);
      for (Path file : files) {
        complete &= read(file, problems);
      }
    } catch (IOException e) {
      // A folder that went is not a folder that became empty: it may be mounted again.
      problems.add(
          path
              + (Files.isDirectory(path) ? " cannot be read" : " is no folder any more")
              + "; what it said last still holds");
      complete = false;
    }
    return new Snapshot(merged(problems), problems, complete);
  }

  /** Whether it is known what the file asks for. */
  private boolean read(Path file, List<String> problems) {
    try {
      List<String> argument = List.of(file.toString());
      lastGood.put(file, Desired.read(argument, InputStream.nullInputStream()));
      return true;
    } catch (ManifestException e) {
      if (Files.notExists(file)) {
        // Removed since the folder was listed.
        lastGood.remove(file);
        return true;
      }
      boolean known = lastGood.containsKey(file);
      e.problems().stream().map(ManifestProblem::toString).forEach(problems::add);
      problems.add(
          file
              + (known
                  ? ": what it said last still holds"
                  : ": nothing is removed before it can be read"));
      return known;
    }
  }

  /** Of attachments that two files ask for, the first file's. */
  private List<Desired> merged(List<String> problems) {
    Map<Identity, Desired> merged = new LinkedHashMap<>();
    Map<Identity, Path> origin = new HashMap<>();
    lastGood.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> {
          for (Desired desired : entry.getValue()) {
            Identity identity = desired.attachment().identity();
            if (merged.putIfAbsent(identity, desired) == null) {
              origin.put(identity, entry.getKey());
            } else {
              problems.add(
                  entry.getKey()
                      + ": "
                      + identity
                      + " is also in "
                      + origin.get(identity)
                      + ", which counts; remove one of the two");
            }
          }
        });
    return List.copyOf(merged.values());
  }
}
