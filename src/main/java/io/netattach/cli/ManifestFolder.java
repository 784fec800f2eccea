package io.netattach.cli;

import io.netattach.attach.Identity;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.cli.manifest.ManifestFiles;
import io.netattach.cli.manifest.ManifestProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A folder of manifests over time. A file that is broken, or is just being written, counts as what
 * it was when it was last good.
 */
final class ManifestFolder {
  private final Path path;
  private Optional<Object> known;
  private final Map<Path, List<Desired>> lastGood = new HashMap<>();

  ManifestFolder(Path path) {
    this.path = path;
    this.known = key();
  }

  /** What tells this folder from another of that name, such as one that is mounted there. */
  private Optional<Object> key() {
    try {
      return Optional.ofNullable(Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private boolean isReplaced() {
    return !key().equals(known);
  }

  /**
   * What the folder says now.
   *
   * @param problems what is wrong with it, a line each
   * @param notes what is passed over, a line each
   * @param complete whether everything that it asks for is known; otherwise what is not in {@code
   *     desired} may still be asked for
   */
  record Snapshot(
      List<Desired> desired, List<String> problems, List<String> notes, boolean complete) {}

  Snapshot read() {
    List<String> problems = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    boolean complete = true;
    try {
      List<Path> files = ManifestFiles.inFolder(path);
      if (files.isEmpty() && isReplaced()) {
        throw new IOException("another folder, and empty");
      }
      known = key();
      lastGood.keySet().retainAll(files);
      for (Path file : files) {
        complete &= read(file, problems, notes);
      }
    } catch (IOException e) {
      // A folder that went is not a folder that became empty: it may be mounted again.
      problems.add(
          path
              + (Files.isDirectory(path)
                  ? " cannot be read, or is another folder now"
                  : " is no folder any more")
              + "; what it said last still holds");
      complete = false;
    }
    return new Snapshot(merged(problems), problems, notes, complete);
  }

  /** Whether it is known what the file asks for. */
  private boolean read(Path file, List<String> problems, List<String> notes) {
    try {
      List<String> argument = List.of(file.toString());
      lastGood.put(file, Desired.read(argument, InputStream.nullInputStream(), notes::add));
      return true;
    } catch (ManifestException e) {
      if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
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

  /** Of attachments that two files ask for, by name or by uid, the first file's. */
  private List<Desired> merged(List<String> problems) {
    List<Desired> merged = new ArrayList<>();
    Map<String, Path> origin = new HashMap<>();
    lastGood.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> {
          for (Desired desired : entry.getValue()) {
            Identity identity = desired.attachment().identity();
            Path first = origin.getOrDefault(identity.toString(), origin.get(identity.uid()));
            if (first == null) {
              merged.add(desired);
              origin.put(identity.toString(), entry.getKey());
              origin.put(identity.uid(), entry.getKey());
            } else {
              problems.add(
                  entry.getKey()
                      + ": "
                      + identity
                      + ", or another with its uid, is also in "
                      + first
                      + ", which counts; remove one of the two");
            }
          }
        });
    return List.copyOf(merged);
  }
}
