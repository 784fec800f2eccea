package io.netattach;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netattach.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The oracle: iproute2, run inside a namespace. What the library makes, it must see; what it makes,
 * the library must read.
 *
 * <p>It enters by nsenter(1). Were the process started inside {@link Netns#call}, the JDK's thread
 * that waits for it would be born there too, and would hold the namespace for a minute.
 */
public final class Ip {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Said of a list that changed while the kernel told it. */
  private static final String INTERRUPTED = "Dump was interrupted and may be inconsistent.";

  private final List<String> prefix;

  private Ip(List<String> prefix) {
    this.prefix = prefix;
  }

  /** In a namespace, whose handle stays open. */
  public static Ip in(Netns netns) {
    return new Ip(List.of("nsenter", "--net=" + file(netns)));
  }

  /** In the namespace of this process. */
  public static Ip here() {
    return new Ip(List.of());
  }

  /** The handle as others can open it; its descriptor is nobody else's business. */
  private static Path file(Netns netns) {
    Path descriptors = Path.of("/proc/" + ProcessHandle.current().pid() + "/fd");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(descriptors)) {
      for (Path file : files) {
        if (NoLeftovers.target(file).equals(netns.toString())) {
          return file;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("no descriptor of this process is open on " + netns);
  }

  /** Runs {@code ip} with these arguments, split at blanks. */
  public String ip(String arguments) {
    return command("ip " + arguments);
  }

  /** Runs {@code bridge} with these arguments, split at blanks. */
  public String bridge(String arguments) {
    return command("bridge " + arguments);
  }

  /** What {@code ip -j -d} says, an array. */
  public JsonNode json(String arguments) {
    return read("ip -j -d " + arguments);
  }

  /** The one object that {@code ip -j -d} says. */
  public JsonNode one(String arguments) {
    JsonNode found = json(arguments);
    if (found.size() != 1) {
      throw new AssertionError("ip " + arguments + " says " + found.size() + " things: " + found);
    }
    return found.get(0);
  }

  /** The link of that name, or with that alternative one, as {@code ip} sees it. */
  public JsonNode link(String name) {
    return one("link show dev " + name);
  }

  public boolean hasLink(String name) {
    for (JsonNode link : json("link show")) {
      if (link.path("ifname").asText().equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** What {@code bridge -j -d} says, an array. */
  public JsonNode bridgeJson(String arguments) {
    return read("bridge -j -d " + arguments);
  }

  /** Asks again as long as what is listed changes meanwhile. */
  private JsonNode read(String command) {
    try {
      String text;
      do {
        text = command(command);
      } while (text.contains(INTERRUPTED));
      // For no routes at all it says nothing, not an empty array.
      return JSON.readTree(text.isBlank() ? "[]" : text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs commands in a shell, until one fails, and returns what they wrote. */
  public String shell(String script) {
    try {
      Path file = Files.createTempFile("netattach-", ".sh");
      try {
        Files.writeString(file, script);
        return command("sh -eu " + file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a bridge that chose its MTU itself: another follows its ports. */
  public void addBridge(String name, String mac) {
    ip("link add " + name + " address " + mac + " type bridge");
    ip("link set " + name + " mtu 1400");
    ip("link set " + name + " mtu 1500");
  }

  /** The files in the folder of namespaces, and what is mounted there. */
  public List<String> netnsFiles() {
    return shell("ls -A /run/netns; grep -o ' /run/netns/[^ ]*' /proc/self/mountinfo | sort")
        .lines()
        .toList();
  }

  /** Runs a command, split at blanks, and returns what it wrote; fails when it fails. */
  public String command(String line) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(line.strip().split("\\s+", -1)));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new AssertionError(
            String.join(" ", command) + " ended with " + status + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while " + String.join(" ", command) + " ran", e);
    }
  }
}
