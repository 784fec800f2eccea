package io.netattach.launch;

import io.quarkus.bootstrap.runner.AotQuarkusEntryPoint;

/**
 * The image's main class. An agent is privileged where it makes namespaces, for only then does
 * Kubernetes let mounts out of its container, and has every capability with that: it keeps those
 * that it uses, and begins anew with them. Where it has no others, and for all other commands, the
 * program begins at once.
 */
public final class Launcher {
  private Launcher() {}

  /** Begins the program, with what a command line gives it. */
  public static void main(String... arguments) throws Throwable {
    if (arguments.length > 0 && arguments[0].equals("agent")) {
      Capabilities.keepThoseOfAnAgent();
    }
    AotQuarkusEntryPoint.main(arguments);
  }
}
