package io.netattach.cli.doctor;

import io.netattach.cri.ContainerRuntime;
import io.netattach.cri.CriException;
import io.netattach.cri.RuntimeSocket;
import java.util.List;

/** Whether the container runtime can be asked for the namespaces of pods. */
final class PodRuntime {
  private static final String SUBJECT = "container runtime";

  private PodRuntime() {}

  static List<Finding> look(RuntimeSocket socket) {
    try (ContainerRuntime runtime =
        new ContainerRuntime(socket, "", (call, took, answered) -> {})) {
      if (!runtime.isThere()) {
        return List.of(
            Finding.note(
                SUBJECT,
                "there is no socket at " + socket,
                "nothing can be attached to pods",
                "where pods are to be attached to, name it by --runtime-socket, and mount its folder"
                    + " into the agent's pod (podTargets of the chart)"));
      }
      ContainerRuntime.Version version = runtime.version();
      return List.of(
          Finding.ok(
              SUBJECT,
              "at " + runtime.where() + " answers " + version.name() + " " + version.version()));
    } catch (CriException e) {
      return List.of(
          Finding.note(SUBJECT, e.getMessage(), "nothing can be attached to pods until then", ""));
    }
  }
}
