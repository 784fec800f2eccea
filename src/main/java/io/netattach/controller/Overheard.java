package io.netattach.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.netattach.api.NetworkAttachmentSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * An informer of the operator that others hear, too, so that what they act on is not read and kept
 * twice. They are told of everything, whatever filters the operator's own events pass through,
 * after it is known, and by the informer's thread, which must not wait for them.
 */
final class Overheard<R extends HasMetadata> extends InformerEventSource<R, NetworkAttachmentSet> {
  private final List<Consumer<? super R>> listeners = new CopyOnWriteArrayList<>();

  Overheard(
      InformerEventSourceConfiguration<R> configuration,
      EventSourceContext<NetworkAttachmentSet> context) {
    super(configuration, context);
  }

  /** Tells a listener of what is there, and of every change from now on. */
  void listen(Consumer<? super R> listener) {
    listeners.add(listener);
    list().forEach(listener);
  }

  @Override
  public void onAdd(R resource) {
    super.onAdd(resource);
    tell(resource);
  }

  @Override
  public void onUpdate(R then, R now) {
    super.onUpdate(then, now);
    tell(now);
  }

  @Override
  public synchronized void onDelete(R resource, boolean isUnknown) {
    super.onDelete(resource, isUnknown);
    tell(resource);
  }

  private void tell(R resource) {
    listeners.forEach(listener -> listener.accept(resource));
  }
}
