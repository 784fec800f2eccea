package io.netattach.cli.doctor;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A file by which systemd-networkd decides what it manages, as far as a veth is concerned.
 *
 * @see <a
 *     href="https://www.freedesktop.org/software/systemd/man/latest/systemd.network.html">systemd.network(5)</a>
 */
record NetworkFile(Map<String, String> match, boolean isUnmanaged) {
  /** What else could be asked of a link we do not know: then it is rather another one. */
  private static final Set<String> KNOWN = Set.of("Name", "OriginalName", "Type", "Kind", "Driver");

  static NetworkFile read(String text) {
    Map<String, String> match = new HashMap<>();
    boolean unmanaged = false;
    String section = "";
    for (String line : (Iterable<String>) text.lines().map(String::strip)::iterator) {
      int equals = line.indexOf('=');
      if (line.startsWith("[")) {
        section = line;
      } else if (equals > 0 && !line.startsWith("#") && !line.startsWith(";")) {
        String key = line.substring(0, equals).strip();
        String value = line.substring(equals + 1).strip();
        if (section.equals("[Match]")) {
          match.merge(key, value, (a, b) -> a + " " + b);
        } else if (section.equals("[Link]") && key.equals("Unmanaged")) {
          unmanaged = Set.of("yes", "true", "on", "1").contains(value.toLowerCase(Locale.ROOT));
        }
      }
    }
    return new NetworkFile(Map.copyOf(match), unmanaged);
  }

  /** Whether it is for a veth of that name on this node. */
  boolean matchesVeth(String name) {
    return !match.isEmpty()
        && KNOWN.containsAll(match.keySet())
        && is("Name", name)
        && is("OriginalName", name)
        && is("Type", "ether")
        && is("Kind", "veth")
        && is("Driver", "veth");
  }

  /** Patterns with blanks between; an exclamation mark before the first turns all round. */
  private boolean is(String key, String value) {
    String patterns = match.get(key);
    if (patterns == null) {
      return true;
    }
    boolean not = patterns.startsWith("!");
    boolean any =
        Stream.of((not ? patterns.substring(1) : patterns).split("\\s+", -1))
            .anyMatch(pattern -> Globs.match(pattern, value));
    return any != not;
  }
}
