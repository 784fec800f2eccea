package io.netattach.netlink;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** More than nearly any setting has, and what the kernel takes of a long list at once. */
  private static final int PAGE = 4096;

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
        return Optional.of(read(file()).strip());
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (IOException e) {
        throw NetlinkException.io("read sysctl " + path, e);
      }
    });
  }

  /** The kernel gives a number to the first read only, so each try is one, with more room. */
  private static String read(Path file) throws IOException {
    for (int room = PAGE; ; room *= 4) {
      byte[] bytes = new byte[room];
      int length = readOnce(file, bytes);
      if (length < room) {
        return new String(bytes, 0, Math.max(0, length), StandardCharsets.UTF_8);
      }
    }
  }

  /** Not by what reads a whole file: as that has no size, it would begin with a single byte. */
  private static int readOnce(Path file, byte[] bytes) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read(bytes);
    }
  }

  /**
   * Sets the value in a namespace; an empty one clears a setting that is a list.
   *
   * @throws NetlinkException when there is no such setting, it cannot be written, or the kernel
   *     took the beginning of the value only, which is in effect then
   */
  public void set(Netns netns, String value) {
    netns.call(() -> {
      String doing = "set sysctl " + path + " to " + value;
      try (Fd file = Fd.open(ProcSys.folder() + "/" + path, Libc.O_WRONLY)) {
        // With an end of line: of an empty value nothing at all would be written.
        write(file, (value + "\n").getBytes(StandardCharsets.UTF_8), doing);
        return value;
      } catch (NetlinkException e) {
        throw e.errno().map(errno -> NetlinkException.failed(doing, errno)).orElse(e);
      }
    });
  }

  private static void write(Fd file, byte[] text, String doing) {
    int taken = file.writeSome(text);
    if (taken < text.length && text.length < PAGE) {
      // The kernel would say of the rest that it took it, and pass it over.
      throw NetlinkException.because(
          doing,
          "the kernel took no more than \""
              + new String(text, 0, taken, StandardCharsets.UTF_8).strip()
              + '"');
    }
    file.write(Arrays.copyOfRange(text, taken, text.length));
  }

  private Path file() {
    return ProcSys.folder().resolve(path);
  }
}
