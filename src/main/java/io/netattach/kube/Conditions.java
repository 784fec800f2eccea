package io.netattach.kube;

import io.netattach.api.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Conditions and their bookkeeping: a time of transition changes with the status, and only then.
 */
public final class Conditions {
  public static final String READY = "Ready";
  public static final String STALLED = "Stalled";
  public static final String STABLE = "Stable";

  public static final String TRUE = "True";
  public static final String FALSE = "False";
  public static final String UNKNOWN = "Unknown";

  /** The reason of an object that nobody has looked at yet. */
  public static final String PENDING = "Pending";

  private Conditions() {}

  /** The condition of a type. */
  public static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> type.equals(condition.type())).findFirst();
  }

  /** Whether the condition of a type has a status. */
  public static boolean is(List<Condition> conditions, String type, String status) {
    return find(conditions, type).filter(found -> status.equals(found.status())).isPresent();
  }

  /**
   * A condition as of now.
   *
   * @param before the object's conditions so far, whose time of transition is kept where the status
   *     is the same
   */
  public static Condition of(
      List<Condition> before,
      String type,
      String status,
      String reason,
      String message,
      @Nullable Long generation,
      Instant now) {
    String since =
        find(before, type)
            .filter(found -> status.equals(found.status()))
            .map(Condition::lastTransitionTime)
            .orElseGet(() -> time(now));
    return new Condition(type, status, reason, message, since, generation);
  }

  /** A time as Kubernetes writes it, to the second. */
  public static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
