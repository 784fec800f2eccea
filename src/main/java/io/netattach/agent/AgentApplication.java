package io.netattach.agent;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The agent as a program that runs until it is told to end. */
@Singleton
public final class AgentApplication implements QuarkusApplication {
  private final Agent agent;

  @Inject
  AgentApplication(Agent agent) {
    this.agent = agent;
  }

  @Override
  public int run(String... args) {
    agent.begin();
    Quarkus.waitForExit();
    agent.end();
    return 0;
  }
}
