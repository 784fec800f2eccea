package io.netattach.kube;

import java.time.Duration;
import java.util.Map;

/** By which Lease the agent of a node is heard. */
public final class AgentLease {
  /** How often an agent renews its Lease. */
  public static final Duration RENEWAL = Duration.ofSeconds(10);

  /** How long a Lease holds that is not renewed: three renewals may fail. */
  public static final Duration DURATION = Duration.ofSeconds(40);

  /** The annotation that says where the tunnels of the agent's node begin. */
  public static final String UNDERLAY = "netattach.io/underlay";

  /** What tells these Leases from others of their namespace. */
  public static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "netattach", "app.kubernetes.io/component", "agent");

  private static final String PREFIX = "netattach-agent-";

  private AgentLease() {}

  /** The Lease's name. Names of nodes are at most 253 characters, and so are names of Leases. */
  public static String name(String node) {
    return ObjectName.of(PREFIX, node);
  }
}
