package io.netattach.cri;

/**
 * The container runtime could not be asked, or its answer is of no use; the message is for people,
 * and says what to do.
 */
public final class CriException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CriException(String message) {
    super(message);
  }

  CriException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
