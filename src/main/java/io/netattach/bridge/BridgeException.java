package io.netattach.bridge;

/** A declared bridge cannot be had as things are; the message says why and what to do. */
public final class BridgeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BridgeException(String message) {
    super(message);
  }

  BridgeException(String message, Throwable cause) {
    super(message, cause);
  }
}
