package io.netattach.cli;

import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT as a request: the command finishes what it is doing, cleans up as it was told
 * to, and chooses the exit code. For the command's main thread; close it at the end.
 */
final class Stop implements AutoCloseable {
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean asked;
  private volatile int code = NetattachCommand.ERROR;

  private Stop(Runnable wake) {
    this.hook =
        new Thread(
            () -> {
              asked = true;
              wake.run();
              awaitFinish();
            },
            "netattach-stop");
  }

  /**
   * @param wake ends a wait that the command may be in
   */
  static Stop onSignal(Runnable wake) {
    Stop stop = new Stop(wake);
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  private void awaitFinish() {
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // The JVM would report the signal; that was carried out, so its code is the command's.
    Runtime.getRuntime().halt(code);
  }

  boolean isAsked() {
    return asked;
  }

  /** What the program exits with after a signal; an error unless this was said. */
  void exitWith(int exitCode) {
    code = exitCode;
  }

  @Override
  public void close() {
    if (asked) {
      finished.countDown();
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // A signal came just now: the hook waits for this.
      finished.countDown();
    }
  }
}
