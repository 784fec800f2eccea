package io.netattach.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.netattach.api.NetworkAttachment;
import io.netattach.pool.KnownAttachments;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the cluster's view knows of those that use pools. */
final class PoolUsers implements KnownAttachments {
  private final Supplier<ClusterView> view;

  PoolUsers(Supplier<ClusterView> view) {
    this.view = view;
  }

  /** Tells a listener of each attachment that is there, that changes and that goes. */
  void listen(Consumer<NetworkAttachment> listener) {
    view.get().listenToAttachments(listener);
  }

  /** Whether an attachment of which something was heard is not gone. */
  boolean isThere(NetworkAttachment heard) {
    String uid = heard.getMetadata().getUid();
    return named(heard.getMetadata().getNamespace(), heard.getMetadata().getName())
        .filter(known -> known.getMetadata().getUid().equals(uid))
        .isPresent();
  }

  @Override
  public List<NetworkAttachment> waiting(String pool) {
    return view.get().waitingFor(pool);
  }

  @Override
  public Stream<NetworkAttachment> all() {
    return view.get().attachments();
  }

  @Override
  public Optional<NetworkAttachment> named(String namespace, String name) {
    return view.get().attachment(namespace, name);
  }

  @Override
  public boolean hasNode(String name) {
    return view.get().nodeNames().contains(name);
  }

  @Override
  public boolean hasSet(String namespace, String uid) {
    return view.get()
        .sets()
        .map(HasMetadata::getMetadata)
        .anyMatch(set -> set.getUid().equals(uid) && set.getNamespace().equals(namespace));
  }
}
