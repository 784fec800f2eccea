package io.netattach.cluster;

/** A cluster cannot be brought to what was asked for; the message says why and what to do. */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message a sentence for whoever started the command
   */
  public ClusterException(String message) {
    super(message);
  }
}
