package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Does one thing to every object of a kind, to a few at a time, and tells what is left to do. */
final class Pass {
  /** What an API server answers without having others wait. */
  private static final int WORKERS = 8;

  private Pass() {}

  /**
   * Goes over all objects once.
   *
   * @param action what is done to one; it gives why that one is not done with, or nothing where it
   *     is. Called by several threads.
   */
  static Leftovers over(
      KubernetesClient client,
      Kind kind,
      Function<GenericKubernetesResource, Optional<String>> action)
      throws InterruptedException {
    Leftovers leftovers = new Leftovers();
    try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
      boolean isComplete =
          new Pages(client, kind)
              .each(page -> {
                List<Callable<Optional<String>>> calls = new ArrayList<>();
                page.forEach(object -> calls.add(() -> action.apply(object)));
                List<Future<Optional<String>>> answers = workers.invokeAll(calls);
                for (int i = 0; i < page.size(); i++) {
                  GenericKubernetesResource object = page.get(i);
                  answer(answers.get(i)).ifPresent(why -> leftovers.add(object, why));
                }
              });
      if (!isComplete) {
        leftovers.unread();
      }
    }
    return leftovers;
  }

  private static Optional<String> answer(Future<Optional<String>> call)
      throws InterruptedException {
    try {
      return call.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
