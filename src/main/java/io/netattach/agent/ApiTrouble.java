package io.netattach.agent;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.kube.JsonPatch;
import io.netattach.kube.StartFailure;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells in the log that an API server does not take what is written: once while it lasts, however
 * many objects and attempts there are, and that it is over. What it refuses of one object is told
 * once, too. Safe for use by several threads.
 */
final class ApiTrouble {
  private static final Logger LOG = Logger.getLogger("io.netattach.agent");

  /** No answer at all. */
  private static final int NONE = 0;

  private static final int TOO_MANY_REQUESTS = 429;

  /** A server that comes and goes is told of no more often. */
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Map<String, String> refused = new ConcurrentHashMap<>();
  private boolean failing;
  private boolean told;
  private long toldAt = System.nanoTime() - QUIET_NANOS;

  /**
   * What was tried with an object failed, and is tried again. What is not the API server's doing is
   * left to whoever knows what it was: the framework itself stumbles over objects that go.
   */
  void failed(HasMetadata about, Exception failure) {
    KubernetesClientException answer = answer(failure);
    if (answer == null) {
      return;
    }
    if (isOfServer(answer)) {
      failed(answer);
    } else if (!JsonPatch.isOvertaken(answer)) {
      String why = String.valueOf(answer.getMessage());
      if (!why.equals(refused.put(about.getMetadata().getUid(), why))) {
        LOG.warnf("%s: is tried again: %s", name(about), why);
      }
    }
  }

  private synchronized void failed(KubernetesClientException answer) {
    failing = true;
    if (!told && System.nanoTime() - toldAt >= QUIET_NANOS) {
      told = true;
      toldAt = System.nanoTime();
      LOG.warnf(
          "the API server %s: %s; what is attached is kept all the same, and told when it answers",
          answer.getCode() <= NONE ? "cannot be reached" : "answers " + answer.getCode(),
          StartFailure.innermost(answer));
    }
  }

  /** What was written of an object has been taken. */
  void passed(HasMetadata about) {
    forget(about.getMetadata().getUid());
    passed();
  }

  private synchronized void passed() {
    if (failing && told) {
      told = false;
      LOG.info("the API server answers again");
    }
    failing = false;
  }

  /** An object is gone. */
  void forget(String uid) {
    refused.remove(uid);
  }

  /** Whether a failure is the API server's doing. */
  static boolean isOne(Exception failure) {
    return answer(failure) != null;
  }

  private static boolean isOfServer(KubernetesClientException e) {
    return e.getCode() <= NONE
        || e.getCode() == TOO_MANY_REQUESTS
        || e.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR;
  }

  private static @Nullable KubernetesClientException answer(Exception failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof KubernetesClientException answer) {
        return answer;
      }
    }
    return null;
  }

  private static String name(HasMetadata about) {
    return about.getMetadata().getNamespace() + "/" + about.getMetadata().getName();
  }
}
