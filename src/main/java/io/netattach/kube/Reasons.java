package io.netattach.kube;

/**
 * Reasons of an attachment's condition Ready that a controller writes. The agent's own are those of
 * the engine, of which the first is one, too.
 */
public final class Reasons {
  /** The namespace that it leads to is not there: no pod has the name. */
  public static final String TARGET_NOT_FOUND = "TargetNotFound";

  /** No node has the name. */
  public static final String NODE_NOT_FOUND = "NodeNotFound";

  /** The node's agent is not heard. */
  public static final String AGENT_SILENT = "AgentSilent";

  private Reasons() {}
}
