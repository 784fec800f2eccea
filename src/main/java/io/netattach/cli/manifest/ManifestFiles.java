package io.netattach.cli.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the manifests that {@code -f} arguments name: files, folders and standard input.
 *
 * <p>Of a folder it takes the files in it that end in {@code .yaml}, {@code .yml} or {@code .json}
 * and are not hidden, by name; symbolic links are followed, folders in it are not.
 */
public final class ManifestFiles {

  private static final String STDIN = "-";
  private static final String STDIN_NAME = "standard input";
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  private final InputStream stdin;
  private final Consumer<String> notes;
  private final List<Manifest> manifests = new ArrayList<>();
  private final List<ManifestProblem> problems = new ArrayList<>();
  private boolean stdinRead;

  private ManifestFiles(InputStream stdin, Consumer<String> notes) {
    this.stdin = stdin;
    this.notes = notes;
  }

  /**
   * Reads everything that the arguments name.
   *
   * @param arguments paths of files and folders, or {@code -} once
   * @param stdin what {@code -} stands for; read to its end and left open
   * @param notes takes a line for each object that is passed over
   * @return the attachments in the order of the arguments; no two have the same namespace and name,
   *     nor the same uid
   * @throws ManifestException with the problems of all sources, if there is any
   */
  public static List<Manifest> read(
      List<String> arguments, InputStream stdin, Consumer<String> notes) throws ManifestException {
    var files = new ManifestFiles(stdin, notes);
    for (String argument : arguments) {
      files.argument(argument);
    }
    files.refuseTwins();
    if (!files.problems.isEmpty()) {
      throw new ManifestException(files.problems);
    }
    return List.copyOf(files.manifests);
  }

  private void argument(String argument) {
    if (argument.equals(STDIN)) {
      standardInput();
      return;
    }
    if (argument.isEmpty()) {
      problem("-f", "is given without a file; write a file, a folder or -");
      return;
    }
    try {
      Path path = Path.of(argument);
      if (Files.isDirectory(path)) {
        folder(path);
      } else {
        file(path);
      }
    } catch (InvalidPathException e) {
      problem(
          Quote.whole(argument),
          "cannot be the name of a file; name another, or set LC_ALL=C.UTF-8 if this has letters"
              + " beyond ASCII");
    }
  }

  private void standardInput() {
    if (stdinRead) {
      problem(STDIN_NAME, "can be read only once; write -f - once");
      return;
    }
    stdinRead = true;
    try {
      content(STDIN_NAME, null, stdin);
    } catch (IOException e) {
      problem(STDIN_NAME, "could not be read: " + reason(e));
    }
  }

  private void folder(Path folder) {
    try {
      List<Path> paths = inFolder(folder);
      if (paths.isEmpty()) {
        problem(name(folder), "has no manifest in it; manifests end in .yaml, .yml or .json");
      }
      paths.forEach(this::file);
    } catch (IOException e) {
      problem(name(folder), "could not be read: " + reason(e));
    }
  }

  /** The files of a folder that are manifests by their name, sorted. */
  public static List<Path> inFolder(Path folder) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(folder, ManifestFiles::isManifest)) {
      entries.forEach(paths::add);
    } catch (DirectoryIteratorException e) {
      throw Objects.requireNonNull(e.getCause());
    }
    paths.sort(null);
    return paths;
  }

  private static boolean isManifest(Path path) {
    String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && ENDINGS.stream().anyMatch(name::endsWith)
        && !Files.isDirectory(path);
  }

  private void file(Path path) {
    // Asked before it is opened: to open a pipe waits for its writer.
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      problem(name(path), "is not a regular file; to read a pipe, write -f - and redirect it");
      return;
    }
    try (InputStream in = Files.newInputStream(path)) {
      content(name(path), path.toAbsolutePath().normalize().getParent(), in);
    } catch (NoSuchFileException e) {
      problem(
          name(path),
          Files.isSymbolicLink(path)
              ? "is a symbolic link to a file that does not exist; make that file, or remove the link"
              : "does not exist; name a file or a folder that does, or - for standard input");
    } catch (IOException e) {
      problem(name(path), "could not be read: " + reason(e));
    }
  }

  private void content(String source, @Nullable Path folder, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(ManifestReader.MAX_BYTES + 1);
    if (bytes.length > ManifestReader.MAX_BYTES) {
      problem(source, "is larger than 3 MiB; split it");
      return;
    }
    try {
      ManifestReader.read(source, bytes, notes).forEach(m -> manifests.add(m.in(folder)));
    } catch (ManifestException e) {
      problems.addAll(e.problems());
    }
  }

  private void refuseTwins() {
    Map<String, String> byName = new HashMap<>();
    Map<String, String> byUid = new HashMap<>();
    for (Manifest manifest : manifests) {
      var metadata = manifest.attachment().getMetadata();
      String name = metadata.getNamespace() + "/" + metadata.getName();
      String first = byName.putIfAbsent(name, manifest.source());
      if (first != null) {
        twin(manifest, "metadata.name", name, first);
        continue;
      }
      String other = byUid.putIfAbsent(metadata.getUid(), manifest.source());
      if (other != null) {
        twin(manifest, "metadata.uid", metadata.getUid(), other);
      }
    }
  }

  private void twin(Manifest manifest, String field, String value, String first) {
    String where = first.equals(manifest.source()) ? "there already" : "also in " + first;
    problems.add(
        new ManifestProblem(
            manifest.source(),
            field,
            value + " is " + where + "; change or remove one of the two"));
  }

  private void problem(String source, String sentence) {
    problems.add(new ManifestProblem(source, "", sentence));
  }

  private static String name(Path path) {
    return Quote.whole(path.toString());
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> e.getMessage() == null ? "input/output error" : e.getMessage();
    };
  }
}
