package io.netattach.kube;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * What a role does before the process ends. On SIGTERM Quarkus takes its parts down without waiting
 * for the main thread, so what needs them, such as the client, has to be done in its own order.
 */
@Singleton
public class Ending {
  private volatile Runnable last = () -> {};

  /** Tells what to do. It may be done by another thread than the role's own. */
  public void call(Runnable action) {
    last = action;
  }

  void end(@Observes ShutdownEvent event) {
    last.run();
  }
}
