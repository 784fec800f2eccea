package io.netattach.cni;

/**
 * A text that is no CNI result. The message says where, what is wrong there and what to write:
 * {@code interfaces[0].mac: "0" is not a MAC address; write six pairs of hexadecimal digits, such
 * as 02:00:5e:00:00:01}.
 */
public final class CniFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  CniFormatException(String message) {
    super(message);
  }

  CniFormatException(String place, IllegalArgumentException problem) {
    super(place + ": " + problem.getMessage(), problem);
  }
}
