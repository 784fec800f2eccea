package io.netattach;

import static org.awaitility.Awaitility.await;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.netattach.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves something behind: a link in the namespace of this process, a file in
 * /run/netns, a mount, a descriptor of a namespace or of a netlink or packet socket, a thread that
 * is not in the namespace of this process. And lets no test begin outside the sandbox, on a
 * machine's own network.
 */
public final class NoLeftovers implements BeforeEachCallback, AfterEachCallback {
  private static final Path NETNS = Path.of("/run/netns");

  // <sys/socket.h>, of asm-generic
  private static final int SOL_SOCKET = 1;
  private static final int SO_DOMAIN = 39;
  private static final int AF_NETLINK = 16;
  private static final int AF_PACKET = 17;

  /** How long an end that is under way may take, such as that of a thread. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static {
    Native.register(NoLeftovers.class, "c");
  }

  static native int getsockopt(int fd, int level, int name, long value, long length);

  @Override
  public void beforeEach(ExtensionContext context) {
    refuseOutsideTheSandbox();
    // The library keeps one descriptor for good: that of the namespace it returns to.
    Netns.create().close();
    store(context).put("before", inventory());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<String> before =
        List.of(Objects.requireNonNull(store(context).get("before", String[].class)));
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> {
          List<String> left = new ArrayList<>(List.of(inventory()));
          before.forEach(left::remove);
          left.addAll(threadsAbroad());
          if (!left.isEmpty()) {
            throw new AssertionError("the test left behind: " + String.join("; ", left));
          }
        });
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(
        ExtensionContext.Namespace.create(NoLeftovers.class, context.getUniqueId()));
  }

  private static void refuseOutsideTheSandbox() {
    List<String> links = links();
    if (!links.equals(List.of("lo"))) {
      throw new IllegalStateException(
          "this is not the sandbox: its only link would be lo, here are "
              + links
              + "; run tests by make test, or with src/test/sh/bin/java as the java");
    }
  }

  static String[] inventory() {
    List<String> all = new ArrayList<>();
    links().forEach(link -> all.add("link " + link));
    names(NETNS).forEach(name -> all.add("file " + NETNS.resolve(name)));
    mounts().forEach(mount -> all.add("mount " + mount));
    descriptors().forEach(descriptor -> all.add("descriptor " + descriptor));
    return all.toArray(String[]::new);
  }

  private static List<String> links() {
    // Two lines of headings.
    return lines("/proc/self/net/dev").stream()
        .skip(2)
        .map(line -> line.substring(0, line.indexOf(':')).strip())
        .toList();
  }

  /** All but /run/netns itself, which becomes a mount with the first named namespace and stays. */
  private static List<String> mounts() {
    return lines("/proc/self/mountinfo").stream()
        .map(line -> line.split(" ", -1))
        .filter(fields -> !fields[4].equals(NETNS.toString()))
        .map(fields -> fields[4] + " of " + fields[3])
        .toList();
  }

  /** Those of namespaces and of netlink and packet sockets. */
  public static List<String> descriptors() {
    Path folder = Path.of("/proc/self/fd");
    List<String> found = new ArrayList<>();
    for (String name : names(folder)) {
      String target = target(folder.resolve(name));
      if (target.startsWith("net:[")
          || (target.startsWith("socket:[") && isOfNamespace(Integer.parseInt(name)))) {
        found.add(name + " of " + target);
      }
    }
    return found;
  }

  private static boolean isOfNamespace(int fd) {
    try (Memory memory = new Memory(2 * Integer.BYTES)) {
      long value = Pointer.nativeValue(memory);
      memory.setInt(Integer.BYTES, Integer.BYTES);
      return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, value, value + Integer.BYTES) == 0
          && (memory.getInt(0) == AF_NETLINK || memory.getInt(0) == AF_PACKET);
    }
  }

  /** Threads of this process that are in another namespace than its first one. */
  static List<String> threadsAbroad() {
    String home = target(Path.of("/proc/self/ns/net"));
    List<String> abroad = new ArrayList<>();
    for (String thread : names(Path.of("/proc/self/task"))) {
      Path task = Path.of("/proc/self/task", thread);
      String where = target(task.resolve("ns/net"));
      if (!where.equals(home) && !where.isEmpty()) {
        abroad.add("thread " + String.join("", lines(task + "/comm")) + " in " + where);
      }
    }
    return abroad;
  }

  /** Where a link of /proc leads; empty when what it belongs to is gone. */
  public static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static List<String> names(Path folder) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
