package io.netattach.attach;

import io.netattach.netlink.Sysctl;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names and values of the settings of a container end. One is written {@code
 * net.ipv4.conf.IFNAME.arp_notify}, where {@code IFNAME} stands for the interface, as the tuning
 * plugin of CNI has it; so whatever is asked for, it is a setting of that interface.
 */
final class IfnameSysctl {
  private static final Pattern NAME =
      Pattern.compile("net\\.(ipv4|ipv6)\\.conf\\.IFNAME\\.([a-z0-9_]+)");
  private static final Pattern VALUE = Pattern.compile("0|-?[1-9][0-9]{0,9}");

  /** What the engine sets itself, by whether an attachment has IPv6. */
  private static final String DISABLE_IPV6 = "net.ipv6.conf.IFNAME.disable_ipv6";

  private IfnameSysctl() {}

  /** What is wrong with a name, in a sentence; empty where nothing is. */
  static Optional<String> problem(String name) {
    if (!NAME.matcher(name).matches()) {
      return Optional.of(
          "\""
              + name
              + "\" is not a setting of the container end; write net.ipv4.conf.IFNAME. or"
              + " net.ipv6.conf.IFNAME. and its name, with the word IFNAME as it stands");
    }
    if (name.equals(DISABLE_IPV6)) {
      return Optional.of(
          "\"disable_ipv6\" cannot be set: IPv6 is on where an IPv6 address or route is written, and"
              + " else as the namespace has it; leave it out");
    }
    return Optional.empty();
  }

  /** What is wrong with a setting and its value, in a sentence; empty where nothing is. */
  static Optional<String> problem(String name, String value) {
    Optional<String> problem = problem(name);
    if (problem.isEmpty() && !VALUE.matcher(value).matches()) {
      return Optional.of("\"" + value + "\" is not a number; write one in quotes, such as \"1\"");
    }
    return problem;
  }

  /** Whether a setting is there only where IPv6 is. */
  static boolean isIpv6(String name) {
    return name.startsWith("net.ipv6.");
  }

  /** The setting of an interface that a name without a problem stands for. */
  static Sysctl of(String name, String interfaceName) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(name);
    }
    return Sysctl.ofInterface(matcher.group(1), interfaceName, matcher.group(2));
  }
}
