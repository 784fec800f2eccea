package io.netattach.netlink;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The one exception of this package: a request that the kernel refused, a system call that failed,
 * or a reply that makes no sense.
 *
 * <p>The message says what was being done, to what, what the kernel answered by name, and the
 * kernel's own explanation where it gave one.
 */
public final class NetlinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String request;
  private final @Nullable String kernelMessage;
  private final int attribute;

  private NetlinkException(
      String message, int errno, String request, @Nullable String kernelMessage, int attribute) {
    super(message);
    this.errno = errno;
    this.request = request;
    this.kernelMessage = kernelMessage;
    this.attribute = attribute;
  }

  /** A request, in words, that the kernel answered with an error. */
  static NetlinkException refused(
      String request, Errno errno, @Nullable String kernelMessage, int attribute) {
    String said = kernelMessage == null ? "" : ": kernel says: " + kernelMessage;
    return new NetlinkException(
        request + ": " + errno + said, errno.number(), request, kernelMessage, attribute);
  }

  /** A system call, in words, that failed. */
  static NetlinkException failed(String doing, Errno errno) {
    return refused(doing, errno, null, 0);
  }

  /** Something that is wrong without an error number: a malformed reply, a wrong kind of file. */
  static NetlinkException because(String doing, String reason) {
    return new NetlinkException(doing + ": " + reason, 0, doing, null, 0);
  }

  /** A file operation that failed; java.nio tells no error number. */
  static NetlinkException io(String doing, Exception e) {
    NetlinkException failure = because(doing, reason(e));
    failure.initCause(e);
    return failure;
  }

  private static String reason(Exception e) {
    return switch (e) {
      case DirectoryIteratorException wrapper
          when wrapper.getCause() instanceof IOException wrapped ->
          reason(wrapped);
      // Their messages are the file's name alone.
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case NoSuchFileException gone -> gone.getFile() + ": no such file";
      case NotDirectoryException file -> file.getFile() + ": not a folder";
      default -> String.valueOf(e.getMessage());
    };
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** The kernel's error; empty where the failure is not the kernel's, such as a malformed reply. */
  public Optional<Errno> errno() {
    return errno == 0 ? Optional.empty() : Optional.of(new Errno(errno));
  }

  /** Whether the kernel answered with one of these errors. */
  public boolean is(Errno... candidates) {
    for (Errno candidate : candidates) {
      if (candidate.number() == errno) {
        return true;
      }
    }
    return false;
  }

  /** What was being done, in words, such as {@code set link 7 mtu 1450}. */
  public String request() {
    return request;
  }

  /** The kernel's explanation ({@code NLMSGERR_ATTR_MSG}), where it gave one. */
  public Optional<String> kernelMessage() {
    return Optional.ofNullable(kernelMessage);
  }

  /**
   * The type of the attribute that the kernel objects to ({@code NLMSGERR_ATTR_OFFS}), as numbered
   * in the header of the message's family; empty where it names none.
   */
  public OptionalInt attribute() {
    return attribute == 0 ? OptionalInt.empty() : OptionalInt.of(attribute);
  }
}
