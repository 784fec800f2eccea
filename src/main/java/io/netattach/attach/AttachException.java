package io.netattach.attach;

/** An attachment could not be made, changed or removed; the message is for people. */
public final class AttachException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  public AttachException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  AttachException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  public Reason reason() {
    return reason;
  }
}
