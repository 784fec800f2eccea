package io.netattach.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Other programs on this node that configure links, and whether they leave ours alone: what a
 * manager takes for its own it gives addresses, or takes them away.
 */
final class Neighbours {
  private static final String SUBJECT = "other network managers";

  /**
   * Host ends by the names that they get where a spec gives none, and one that specs often give.
   */
  private static final List<String> OURS = List.of("naabcdefghijklm", "veth-db");

  /** What comm(5) keeps of a program's name. */
  private static final int COMM = 15;

  private final Path root;

  /**
   * @param root {@code /}, or a folder that stands for it
   */
  Neighbours(Path root) {
    this.root = root;
  }

  List<Finding> look() {
    Set<String> programs = programs();
    List<Finding> findings = new ArrayList<>();
    boolean seen = programs.contains("NetworkManager");
    if (seen || Files.exists(root.resolve("run/NetworkManager"))) {
      findings.add(networkManager());
    }
    seen = programs.contains("systemd-networkd".substring(0, COMM));
    if (seen || Files.exists(root.resolve("run/systemd/netif/state"))) {
      findings.add(networkd());
    }
    if (programs.contains("dhcpcd")) {
      findings.add(dhcpcd());
    }
    if (programs.contains("connmand")) {
      findings.add(connman());
    }
    if (Files.exists(root.resolve("etc/network/interfaces"))) {
      ifupdown().ifPresent(findings::add);
    }
    if (findings.isEmpty()) {
      // A container has processes of its own, and few of the node's files.
      findings.add(
          programs.contains("kthreadd")
              ? Finding.ok(SUBJECT, "none is running")
              : Finding.unknown(
                  SUBJECT,
                  "the node's processes are not seen from here",
                  "run doctor on the node itself, or with hostPID"));
    }
    return findings;
  }

  private Set<String> programs() {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> processes = Files.list(root.resolve("proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        if (Character.isDigit(process.getFileName().toString().charAt(0))) {
          names.add(read(process.resolve("comm")).strip());
        }
      }
    } catch (IOException e) {
      // Without /proc nothing is seen, which is said.
      return names;
    }
    return names;
  }

  private Finding networkManager() {
    List<String> rules = new ArrayList<>();
    for (Path file : files(".conf", "usr/lib/NetworkManager/conf.d", "run/NetworkManager/conf.d")) {
      rules.addAll(unmanaged(file));
    }
    rules.addAll(unmanaged(root.resolve("etc/NetworkManager/NetworkManager.conf")));
    for (Path file : files(".conf", "etc/NetworkManager/conf.d")) {
      rules.addAll(unmanaged(file));
    }
    boolean byUdev =
        files(".rules", "usr/lib/udev/rules.d", "lib/udev/rules.d", "etc/udev/rules.d").stream()
            .map(Neighbours::read)
            .anyMatch(text -> text.contains("NM_UNMANAGED") && text.contains("\"veth\""));
    boolean left = byUdev || OURS.stream().allMatch(name -> isUnmanaged(rules, name));
    return left
        ? Finding.ok(SUBJECT, "NetworkManager leaves veths alone")
        : Finding.note(
            SUBJECT,
            "NetworkManager is here, and its configuration does not say that it leaves veths alone",
            "it may give host ends addresses, or take theirs away, which is then repaired again and"
                + " again",
            "write [keyfile] and unmanaged-devices=driver:veth into"
                + " /etc/NetworkManager/conf.d/netattach.conf, and reload it");
  }

  /** The devices of {@code unmanaged-devices}; see NetworkManager.conf(5). */
  private static List<String> unmanaged(Path file) {
    return read(file)
        .lines()
        .map(String::strip)
        .filter(line -> line.matches("unmanaged-devices\\s*\\+?=.*"))
        .flatMap(line -> Stream.of(line.substring(line.indexOf('=') + 1).split("[;,]", -1)))
        .map(String::strip)
        .filter(device -> !device.isEmpty())
        .toList();
  }

  private static boolean isUnmanaged(List<String> devices, String name) {
    return devices.stream()
        .anyMatch(device ->
            switch (device) {
              case "*", "driver:veth", "type:veth" -> true;
              default ->
                  device.startsWith("interface-name:")
                      && Globs.match(device.substring("interface-name:".length()), name);
            });
  }

  private Finding networkd() {
    Map<String, NetworkFile> byName = new TreeMap<>();
    // One of the same name further on takes the place of the one before.
    for (String folder : List.of("usr/lib", "lib", "run", "etc")) {
      for (Path file : files(".network", folder + "/systemd/network")) {
        byName.put(file.getFileName().toString(), NetworkFile.read(read(file)));
      }
    }
    Set<String> taking = new TreeSet<>();
    for (String name : OURS) {
      byName.entrySet().stream()
          .filter(file -> file.getValue().matchesVeth(name))
          // The first that fits decides.
          .findFirst()
          .filter(file -> !file.getValue().isUnmanaged())
          .ifPresent(file -> taking.add(file.getKey()));
    }
    return taking.isEmpty()
        ? Finding.ok(SUBJECT, "systemd-networkd leaves veths alone")
        : Finding.note(
            SUBJECT,
            "systemd-networkd takes veths for its own, by " + String.join(" and ", taking),
            "it gives host ends addresses and takes theirs away, which is then repaired again and"
                + " again",
            "write [Match] and Kind=veth, [Link] and Unmanaged=yes into"
                + " /etc/systemd/network/05-netattach.network, and run networkctl reload");
  }

  private Finding dhcpcd() {
    List<String> lines = lines("etc/dhcpcd.conf");
    boolean left =
        OURS.stream().allMatch(name -> named(lines, "denyinterfaces", name))
            || (lines.stream().anyMatch(line -> line.startsWith("allowinterfaces "))
                && OURS.stream().noneMatch(name -> named(lines, "allowinterfaces", name)));
    return left
        ? Finding.ok(SUBJECT, "dhcpcd leaves our host ends alone")
        : Finding.note(
            SUBJECT,
            "dhcpcd runs, and /etc/dhcpcd.conf does not keep it from our host ends",
            "it may ask for addresses there, and add routes",
            "write denyinterfaces na* veth* into it, and restart it");
  }

  private static boolean named(List<String> lines, String keyword, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(keyword + " "))
        .flatMap(line -> Stream.of(line.substring(keyword.length()).strip().split("[\\s,]+", -1)))
        .anyMatch(pattern -> Globs.match(pattern, name));
  }

  private Finding connman() {
    boolean left =
        OURS.stream()
            .allMatch(name ->
                lines("etc/connman/main.conf").stream()
                    .filter(line -> line.matches("NetworkInterfaceBlacklist\\s*=.*"))
                    .flatMap(line -> Stream.of(line.replaceFirst(".*?=", "").split(",", -1)))
                    .map(String::strip)
                    .anyMatch(prefix -> !prefix.isEmpty() && name.startsWith(prefix)));
    return left
        ? Finding.ok(SUBJECT, "connman leaves our host ends alone")
        : Finding.note(
            SUBJECT,
            "connman runs, and /etc/connman/main.conf does not keep it from our host ends",
            "it may ask for addresses there, and add routes",
            "add na and veth to NetworkInterfaceBlacklist in its [General], and restart it");
  }

  /** Only what it is to bring up when it appears; see interfaces(5). */
  private Optional<Finding> ifupdown() {
    Set<String> taken =
        Stream.concat(
                Stream.of(root.resolve("etc/network/interfaces")),
                files("", "etc/network/interfaces.d").stream())
            .flatMap(file -> read(file).lines())
            .map(String::strip)
            .filter(line -> line.startsWith("allow-hotplug "))
            .flatMap(line -> Stream.of(line.substring("allow-hotplug ".length()).split("\\s+", -1)))
            // A pattern begins with a slash, and may end with another and what it stands for.
            .filter(word ->
                OURS.stream().anyMatch(name -> Globs.match(word.replaceFirst("^/", ""), name)))
            .collect(Collectors.toCollection(TreeSet::new));
    return taken.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Finding.note(
                SUBJECT,
                "ifupdown brings up our host ends when they appear, by allow-hotplug "
                    + String.join(" ", taken),
                "it gives them addresses that are not in their specs",
                "write a narrower pattern into /etc/network/interfaces"));
  }

  private List<Path> files(String ending, String... folders) {
    List<Path> found = new ArrayList<>();
    for (String folder : folders) {
      try (Stream<Path> files = Files.list(root.resolve(folder))) {
        files
            .filter(file -> file.getFileName().toString().endsWith(ending))
            .filter(Files::isRegularFile)
            .sorted()
            .forEach(found::add);
      } catch (IOException e) {
        // Most of these folders do not exist.
        continue;
      }
    }
    return found;
  }

  private List<String> lines(String file) {
    return read(root.resolve(file)).lines().map(String::strip).toList();
  }

  /** What is in a file; nothing where there is none, or none that may be read. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
