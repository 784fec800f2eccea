package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings a cluster's resource definitions to those of this release, whoever installed them. Objects
 * stay as they are.
 */
public final class DefinitionSetup {
  private static final String FIELD_MANAGER = "netattach";

  private static final Duration INTERVAL = Duration.ofMillis(200);

  private final KubernetesClient client;
  private final Deadline deadline;
  private final Consumer<String> out;

  /**
   * @param client not closed here
   * @param timeout from now on, for the API server to serve them
   * @param out told what was done, a line at a time
   */
  public DefinitionSetup(KubernetesClient client, Duration timeout, Consumer<String> out) {
    this.client = client;
    this.deadline = new Deadline(timeout);
    this.out = out;
  }

  /**
   * Applies them, and waits until the API server has taken each up.
   *
   * @throws ClusterException when one is not at the end of the time
   */
  public void apply() throws InterruptedException {
    for (Kind kind : Kind.values()) {
      Long before = generation(get(kind));
      Long after = generation(applied(kind));
      out.accept("definition " + kind.definition() + ": " + change(before, after));
    }
    for (Kind kind : Kind.values()) {
      awaitEstablished(kind);
    }
    out.accept("all definitions are established");
  }

  /** What others have written of it is taken over. */
  private CustomResourceDefinition applied(Kind kind) {
    return client
        .resource(definition(kind))
        .fieldManager(FIELD_MANAGER)
        .forceConflicts()
        .serverSideApply();
  }

  private static String change(@Nullable Long before, @Nullable Long after) {
    if (before == null) {
      return "created";
    }
    return Objects.equals(before, after)
        ? "is this release's already"
        : "changed to this release's";
  }

  /** It counts the changes of what is asked for, and not those of who has asked. */
  private static @Nullable Long generation(@Nullable CustomResourceDefinition definition) {
    return definition == null ? null : definition.getMetadata().getGeneration();
  }

  private @Nullable CustomResourceDefinition get(Kind kind) {
    return client
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName(kind.definition())
        .get();
  }

  /** As the build took it from the manifests. */
  private static CustomResourceDefinition definition(Kind kind) {
    String file = "definitions/" + kind.definition() + ".yaml";
    try (InputStream in =
        Objects.requireNonNull(DefinitionSetup.class.getResourceAsStream(file), file)) {
      return Serialization.unmarshal(in, CustomResourceDefinition.class);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + file, e);
    }
  }

  private void awaitEstablished(Kind kind) throws InterruptedException {
    while (true) {
      CustomResourceDefinition definition = get(kind);
      String trouble = definition == null ? "it is gone again" : trouble(definition);
      if (trouble == null) {
        return;
      }
      if (deadline.isOver()) {
        throw new ClusterException(
            "after "
                + deadline.inWords()
                + " the API server does not serve "
                + kind.definition()
                + ": "
                + trouble
                + ". Look at kubectl describe crd "
                + kind.definition());
      }
      deadline.pause(INTERVAL);
    }
  }

  /** What keeps it from being served; null where it is. */
  private static @Nullable String trouble(CustomResourceDefinition definition) {
    if (definition.isMarkedForDeletion()) {
      return "it is being deleted";
    }
    if (definition.getStatus() == null || definition.getStatus().getConditions() == null) {
      return "it is not Established";
    }
    for (var condition : definition.getStatus().getConditions()) {
      if (condition.getType().equals("Established") && condition.getStatus().equals("True")) {
        return null;
      }
    }
    for (var condition : definition.getStatus().getConditions()) {
      if (condition.getStatus().equals("False")) {
        return condition.getType() + " is False, " + condition.getMessage();
      }
    }
    return "it is not Established";
  }
}
