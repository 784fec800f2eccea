package io.netattach.netlink;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A setting of the kernel's network, as a file below sys/net of a proc file system, in whichever
 * namespace it is read or written.
 *
 * @param path its name with slashes, such as {@code net/ipv4/conf/eth0/arp_notify}, since names of
 *     interfaces may have dots
 * @see <a href="https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html">ip-sysctl</a>
 */
public record Sysctl(String path) {
  /** Each part the name of a file: neither {@code .} nor {@code ..}. */
  private static final Pattern PATH = Pattern.compile("net(/(?!\\.{1,2}(/|$))[^/\\s\\x00]+)+");

  /** What the kernel hands out of a setting at once: a page. */
  private static final int MAX_BYTES = 4096;

  public Sysctl {
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "\"" + path + "\" is not the name of a network setting; write net/ and its path");
    }
  }

  /** A setting of one interface: {@code family} is ipv4 or ipv6. */
  public static Sysctl ofInterface(String family, String interfaceName, String setting) {
    return new Sysctl("net/" + family + "/conf/" + interfaceName + "/" + setting);
  }

  /** The value in a namespace; empty where the kernel has no such setting there. */
  public Optional<String> get(Netns netns) {
    return netns.call(() -> {
      try {
        return Optional.of(readOnce(file()).strip());
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (IOException e) {
        throw NetlinkException.io("read sysctl " + path, e);
      }
    });
  }

  /**
   * In one read: the kernel gives numbers at the beginning of the file only, and java.nio would
   * read one byte first, since such a file has no size.
   */
  private static String readOnce(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = new byte[MAX_BYTES];
      int length = in.read(bytes);
      return new String(bytes, 0, Math.max(0, length), StandardCharsets.UTF_8);
    }
  }

  /**
   * Sets the value in a namespace; an empty one clears a setting that is a list.
   *
   * @throws NetlinkException when there is no such setting, or it cannot be written
   */
  public void set(Netns netns, String value) {
    netns.call(() -> {
      try (Fd file = Fd.open(ProcSys.folder() + "/" + path, Libc.O_WRONLY)) {
        // With an end of line: of an empty value nothing at all would be written.
        file.write((value + "\n").getBytes(StandardCharsets.UTF_8));
        return value;
      } catch (NetlinkException e) {
        throw NetlinkException.failed(
            "set sysctl " + path + " to " + value, e.errno().orElseThrow());
      }
    });
  }

  private Path file() {
    return ProcSys.folder().resolve(path);
  }
}
