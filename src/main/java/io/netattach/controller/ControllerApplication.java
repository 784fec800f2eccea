package io.netattach.controller;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The controller as a program that runs until it is told to end, or no longer leads. */
@Singleton
public final class ControllerApplication implements QuarkusApplication {
  private final Controller controller;

  @Inject
  ControllerApplication(Controller controller) {
    this.controller = controller;
  }

  @Override
  public int run(String... args) {
    controller.begin();
    Quarkus.waitForExit();
    controller.end();
    return controller.exitCode();
  }
}
