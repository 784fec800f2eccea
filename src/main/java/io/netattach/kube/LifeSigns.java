package io.netattach.kube;

import jakarta.inject.Singleton;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What this process says of itself to whoever asks by HTTP. A role tells how to find out when it
 * begins; until then it is alive and not ready. Safe for use by several threads.
 */
@Singleton
public class LifeSigns {
  private volatile BooleanSupplier live = () -> true;
  private volatile BooleanSupplier ready = () -> false;
  private volatile Supplier<Map<String, String>> details = Map::of;

  /** Tells how to find out whether it should be restarted when it says no. */
  public void live(BooleanSupplier answer) {
    live = answer;
  }

  /** Tells how to find out whether it does its work. */
  public void ready(BooleanSupplier answer) {
    ready = answer;
  }

  /** Tells what else is told with readiness, and does not decide on it. */
  public void details(Supplier<Map<String, String>> answer) {
    details = answer;
  }

  Map<String, String> details() {
    return details.get();
  }

  boolean isLive() {
    return live.getAsBoolean();
  }

  boolean isReady() {
    return ready.getAsBoolean();
  }
}
