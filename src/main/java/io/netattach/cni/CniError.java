package io.netattach.cni;

import java.util.Objects;
import java.util.Optional;

/**
 * What a CNI plugin prints when it failed.
 *
 * @param code 0 to 4294967295; below 100 the specification says what one means, such as 7 for a
 *     configuration that is wrong and 11 for what may work later; 100 and up are the plugin's own
 * @param msg what went wrong, in short
 * @param details more of it; empty for nothing
 * @see <a href="https://www.cni.dev/docs/spec/#error">the CNI specification</a>
 */
public record CniError(long code, String msg, String details) {
  private static final long MAX_CODE = 0xffff_ffffL;

  public CniError {
    Objects.requireNonNull(msg, "msg");
    Objects.requireNonNull(details, "details");
    if (code < 0 || code > MAX_CODE) {
      throw new IllegalArgumentException(
          "a code is within 0 to 4294967295, not " + code + "; write 100 or more for your own");
    }
  }

  /**
   * Reads what a plugin printed, of whatever version; empty when that is no error, so that {@link
   * CniResult#fromJson} may read it.
   *
   * @throws CniFormatException with a sentence when it is not a JSON object, or a field of an error
   *     has a wrong value
   */
  public static Optional<CniError> fromJson(String json) {
    return Optional.ofNullable(ResultReader.error(json));
  }

  /** The JSON text of this error, in one line. */
  public String toJson(CniVersion version) {
    return ResultWriter.write(this, version);
  }

  /** In one line, as for a log: {@code code 11: try again later}. */
  @Override
  public String toString() {
    return "code "
        + code
        + (msg.isEmpty() ? "" : ": " + msg)
        + (details.isEmpty() ? "" : ": " + details);
  }
}
