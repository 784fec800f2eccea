package io.netattach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A system call by which a process changes the kernel, as strace(1) numbers it: for each thread and
 * each kind of call by itself. Before it the process can be killed.
 *
 * @param call its name
 * @param number which of its kind the thread makes, the first being 1; of those that write to a
 *     file, which to that file
 * @param file the setting that it writes to; empty for others
 */
public record KernelChange(String call, int number, String file) {
  /** Netlink, the files of namespaces, and settings. */
  private static final String CALLS =
      "sendto,mount,umount2,link,linkat,unlink,unlinkat,unshare,write";

  private static final Pattern LINE = Pattern.compile("^([0-9]+) +([a-z0-9]+)\\((.*)");
  private static final Pattern MESSAGE =
      Pattern.compile("nlmsg_type=(?:0x([0-9a-f]+)|RTM_([A-Z]+))");
  private static final Pattern SETTING = Pattern.compile("^[0-9]+<(/proc/sys/[^>]*)>");

  /** How strace is to trace, so that {@link #in} can read what it writes. */
  public static List<String> tracing(Path log) {
    return List.of(
        "-f", "-qq", "-y", "-e", "signal=none", "-e", "trace=" + CALLS, "-o", log.toString());
  }

  /** The same, with a kill before this call. */
  public List<String> killing(Path log) {
    List<String> options = new ArrayList<>(tracing(log));
    options.addAll(List.of("-e", "inject=" + call + ":signal=KILL:when=" + number));
    if (!file.isEmpty()) {
      options.addAll(List.of("-P", file));
    }
    return options;
  }

  /** All of them in a log, in their order. */
  public static List<KernelChange> in(Path log) throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    List<KernelChange> changes = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        String call = matcher.group(2);
        String arguments = matcher.group(3);
        String file = setting(call, arguments);
        int number = counts.merge(matcher.group(1) + " " + call + file, 1, Integer::sum);
        if (isChange(call, arguments)) {
          changes.add(new KernelChange(call, number, file));
        }
      }
    }
    return changes;
  }

  private static String setting(String call, String arguments) {
    Matcher setting = SETTING.matcher(arguments);
    return call.equals("write") && setting.find() ? setting.group(1) : "";
  }

  /** Not those that only ask, and not what a JVM does to files of its own. */
  private static boolean isChange(String call, String arguments) {
    return switch (call) {
      case "sendto" -> MESSAGE.matcher(arguments).results().anyMatch(m -> !asks(m));
      case "write" -> !setting(call, arguments).isEmpty();
      case "unlink", "unlinkat" -> arguments.contains("/run/netns");
      default -> true;
    };
  }

  /** Of the four types of each kind of object, the third asks (linux/rtnetlink.h). */
  private static boolean asks(MatchResult message) {
    return message.group(1) == null
        ? message.group(2).startsWith("GET")
        : Integer.parseInt(message.group(1), 16) % 4 == 2;
  }

  @Override
  public String toString() {
    return call + " " + number + (file.isEmpty() ? "" : " to " + file);
  }
}
