package io.netattach.attach;

/** An attachment could not be made, changed or removed; the message is for people. */
public final class AttachException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final boolean afterSteps;

  public AttachException(Reason reason, String message) {
    super(message);
    this.reason = reason;
    this.afterSteps = false;
  }

  AttachException(Reason reason, String message, Throwable cause) {
    this(reason, message, cause, false);
  }

  private AttachException(Reason reason, String message, Throwable cause, boolean afterSteps) {
    super(message, cause);
    this.reason = reason;
    this.afterSteps = afterSteps;
  }

  /** The same, and the kernel was changed before it came to that, if only to be changed back. */
  AttachException afterSteps() {
    return new AttachException(reason, getMessage(), this, true);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /**
   * Whether the kernel was changed before it came to that, and changed back: whoever listens to the
   * kernel hears of it.
   */
  public boolean isAfterSteps() {
    return afterSteps;
  }

  public Reason reason() {
    return reason;
  }
}
