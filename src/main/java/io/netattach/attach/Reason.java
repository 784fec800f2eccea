package io.netattach.attach;

/** Why an attachment is or is not ready: the closed list of what an agent can say. */
public enum Reason {
  /** The kernel has what was asked for. */
  ATTACHED("Attached", true),
  /** The target namespace does not exist; it may come. */
  TARGET_NOT_FOUND("TargetNotFound", true),
  /** A name, address or route is taken by something that is not ours; it may go. */
  CONFLICT("Conflict", true),
  /** The node's policy forbids it. */
  REFUSED("Refused", false),
  /** It asks for something that cannot be. */
  INVALID_SPEC("InvalidSpec", false),
  /** The kernel said no. */
  KERNEL_ERROR("KernelError", true);

  private final String text;
  private final boolean retryHelps;

  Reason(String text, boolean retryHelps) {
    this.text = text;
    this.retryHelps = retryHelps;
  }

  /** Whether the same desire may be met later without anybody changing it. */
  public boolean retryHelps() {
    return retryHelps;
  }

  /** As it stands in a condition, such as {@code TargetNotFound}. */
  @Override
  public String toString() {
    return text;
  }
}
