package io.netattach.cli.doctor;

import io.netattach.cri.RuntimeSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at all that a node needs. Nothing on it is changed, and nothing left behind. */
public final class Doctor {
  private Doctor() {}

  /**
   * What there is to say, in the order of what matters first.
   *
   * @param existingNetnsOnly whether no namespaces are to be made
   * @param node this node's name at the API server
   * @param namespace in which an agent's Lease would be
   * @param runtime where the container runtime listens
   */
  public static List<Finding> look(
      boolean existingNetnsOnly, String node, String namespace, RuntimeSocket runtime) {
    Capabilities own = Capabilities.current();
    List<Finding> findings = new ArrayList<>(Privilege.look(own));
    findings.addAll(Mounts.look(existingNetnsOnly));
    findings.addAll(Kernel.look(own));
    findings.addAll(Limits.look());
    findings.addAll(new Neighbours(Path.of("/")).look());
    findings.addAll(PodRuntime.look(runtime));
    findings.addAll(ApiAccess.look(node, namespace));
    return List.copyOf(findings);
  }
}
