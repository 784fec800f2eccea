package io.netattach.controller;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The controller as a program that runs until it is told to end. */
@Singleton
public final class ControllerApplication implements QuarkusApplication {
  private final ControllerSettings settings;

  @Inject
  ControllerApplication(ControllerSettings settings) {
    this.settings = settings;
  }

  @Override
  public int run(String... args) {
    Quarkus.waitForExit();
    return settings.identity().isEmpty() ? 1 : 0;
  }
}
