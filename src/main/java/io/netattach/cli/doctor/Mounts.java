package io.netattach.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether others on the node see a namespace that is made here: it is a mount below /run/netns.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man7/mount_namespaces.7.html">mount_namespaces(7)</a>
 */
final class Mounts {
  private static final String SUBJECT = "mounts";
  private static final Path NETNS = Path.of("/run/netns");

  /** The pid namespace that there was first (PROC_PID_INIT_INO of linux/proc_ns.h). */
  private static final String FIRST_PID_NAMESPACE = "pid:[4026531836]";

  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private Mounts() {}

  /**
   * A line of /proc/PID/mountinfo.
   *
   * @param device that of the file system, major and minor
   * @param root what of it is mounted
   * @param shared whether what is mounted below it is also seen in other mount namespaces
   * @param type the file system's, such as tmpfs
   */
  record Mount(
      String id, String parent, String device, Path root, Path point, boolean shared, String type) {
    static Optional<Mount> parse(String line) {
      String[] words = line.split(" ", -1);
      List<String> all = List.of(words);
      int separator = all.indexOf("-");
      if (separator < 6 || separator + 1 >= words.length) {
        return Optional.empty();
      }
      boolean shared =
          all.subList(6, separator).stream().anyMatch(option -> option.startsWith("shared:"));
      return Optional.of(
          new Mount(
              words[0],
              words[1],
              words[2],
              Path.of(unescape(words[3])),
              Path.of(unescape(words[4])),
              shared,
              words[separator + 1]));
    }

    private static String unescape(String text) {
      return OCTAL
          .matcher(text)
          .replaceAll(code ->
              Matcher.quoteReplacement(
                  Character.toString((char) Integer.parseInt(code.group(1), 8))));
    }

    /** The one that a path is on: of those at the same place, the last hides the others. */
    static Optional<Mount> of(Path path, List<Mount> mounts) {
      return mounts.stream()
          .filter(mount -> path.startsWith(mount.point()))
          .reduce((found, next) ->
              next.point().getNameCount() >= found.point().getNameCount() ? next : found);
    }

    /**
     * Whether it is a folder of another that is mounted on itself, as {@code ip netns} and we do to
     * have a shared mount: nobody sees it whom that other is not shared with.
     */
    boolean isFolderOf(Mount other) {
      return parent.equals(other.id())
          && device.equals(other.device())
          && point.startsWith(other.point())
          && root.equals(other.root().resolve(other.point().relativize(point)).normalize());
    }

    /** What decides who sees what is mounted here. */
    Mount deciding(List<Mount> mounts) {
      return mounts.stream()
          .filter(other -> shared && isFolderOf(other))
          .findFirst()
          .map(other -> other.deciding(mounts))
          .orElse(this);
    }
  }

  /**
   * @param existingOnly whether no namespaces are to be made
   */
  static List<Finding> look(boolean existingOnly) {
    if (existingOnly) {
      return List.of(Finding.ok(SUBJECT, "no namespaces are to be made"));
    }
    try {
      return List.of(
          isOnNode()
              ? Finding.ok(SUBJECT, "this process sees the node's own mounts")
              : judge(Files.readAllLines(Path.of("/proc/thread-self/mountinfo"))));
    } catch (IOException e) {
      return List.of(Finding.unknown(SUBJECT, "/proc cannot be read", "mount it"));
    }
  }

  /** Among the mounts of the machine's first process; those of a container's own do not count. */
  private static boolean isOnNode() {
    try {
      Path proc = Path.of("/proc");
      return link(proc.resolve("self/ns/pid")).equals(FIRST_PID_NAMESPACE)
          && link(proc.resolve("self/ns/mnt")).equals(link(proc.resolve("1/ns/mnt")));
    } catch (IOException e) {
      // Only root may ask about the first process.
      return false;
    }
  }

  private static String link(Path path) throws IOException {
    return Files.readSymbolicLink(path).toString();
  }

  static Finding judge(List<String> mountinfo) {
    List<Mount> mounts = mountinfo.stream().map(Mount::parse).flatMap(Optional::stream).toList();
    return Mount.of(NETNS, mounts)
        .map(mount -> judge(mount.deciding(mounts)))
        .orElseGet(() -> Finding.unknown(SUBJECT, "no mounts are listed in /proc", "mount it"));
  }

  private static Finding judge(Mount mount) {
    // A container's own root is nobody else's, although mounts may be shared within.
    boolean seen = mount.shared() && !mount.type().equals("overlay");
    return seen
        ? Finding.ok(SUBJECT, NETNS + " is on a shared mount (" + mount.point() + ")")
        : Finding.missing(
            SUBJECT,
            NETNS
                + " is on a mount that is not shared ("
                + mount.point()
                + ", "
                + mount.type()
                + ")",
            "a namespace that is made here (create: true) is seen by nobody else on the node",
            "mount the node's /run/netns with mountPropagation: Bidirectional; or say"
                + " --existing-netns-only, here and where attachments are kept, and none is made");
  }
}
