package io.netattach.cri;

import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Errors in place of an answer of the container runtime, in words that say what to do. */
final class RuntimeAnswer {
  /** Whoever reads a condition needs the beginning. Characters. */
  private static final int LONGEST_QUOTE = 300;

  private RuntimeAnswer() {}

  /** Whether there was no answer at all, rather than one that says no. */
  static boolean isSilence(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
      default -> false;
    };
  }

  static String words(String socket, Status status, Duration patience) {
    return "the container runtime at "
        + socket
        + " "
        + switch (status.getCode()) {
          case UNAVAILABLE -> unavailable(status);
          case DEADLINE_EXCEEDED ->
              "does not answer within "
                  + patience.toMillis()
                  + " ms; see whether the node is overloaded, or the runtime hangs";
          case UNIMPLEMENTED ->
              "does not know the Container Runtime Interface, version 1; take its CRI plugin out of"
                  + " disabled_plugins in its configuration, or name another socket by"
                  + " --runtime-socket";
          case PERMISSION_DENIED -> "does not let the agent ask: " + quote(status.getDescription());
          default ->
              "answers with the error "
                  + status.getCode()
                  + ": "
                  + quote(status.getDescription())
                  + "; its own log tells more";
        };
  }

  private static String unavailable(Status status) {
    String why = quote(root(status));
    if (why.contains("Permission denied")) {
      return "may not be opened ("
          + why
          + "); run the agent as root, or name a socket that it may open by --runtime-socket";
    }
    return "cannot be reached ("
        + why
        + "); see that it runs, or name another socket by --runtime-socket";
  }

  private static @Nullable String root(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null ? status.getDescription() : cause.getMessage();
  }

  /** In one line, of bounded length. */
  private static String quote(@Nullable String text) {
    if (text == null) {
      return "without a word";
    }
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "...";
  }
}
