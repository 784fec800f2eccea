package io.netattach.agent;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import io.netattach.api.NetworkAttachment;
import java.util.Set;

/** Has attachments carried out of which nothing was heard. */
final class AskedFor extends AbstractEventSource<Void, NetworkAttachment> {
  AskedFor() {
    super(Void.class, "asked-for");
  }

  /**
   * As if the object itself had been heard of, and not as being deleted: the framework passes over
   * other events about a name whose last bearer it has just cleaned up (EventProcessor, mark for
   * deletion processed). What is done is decided by the object as it is known then.
   */
  void ask(ResourceID attachment) {
    if (isRunning()) {
      getEventHandler().handleEvent(new ResourceEvent(ResourceAction.UPDATED, attachment, null));
    }
  }

  @Override
  public Set<Void> getSecondaryResources(NetworkAttachment primary) {
    return Set.of();
  }
}
