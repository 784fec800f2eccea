package io.netattach.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.NetworkAttachment;
import io.netattach.attach.AttachException;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Identity;
import io.netattach.attach.Reclaim;
import io.netattach.attach.Upkeep;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Makes room for an attachment that was deleted and made again under its name while nobody could
 * tell the agent: what its predecessor left holds the interfaces that it wants. Safe for use by
 * several threads.
 */
final class Succession {
  private static final Logger LOG = Logger.getLogger("io.netattach.agent");

  private final Attacher attacher;
  private final Upkeep upkeep;
  private final KubernetesClient client;

  /**
   * @param client not closed here
   */
  Succession(Attacher attacher, Upkeep upkeep, KubernetesClient client) {
    this.attacher = attacher;
    this.upkeep = upkeep;
    this.client = client;
  }

  /**
   * Detaches the predecessor that is in the way of an attachment. Its namespace stays: the
   * successor may want it, and an orphan is cleaned up like any other.
   *
   * @return whether nothing is in the way any more, so that it is worth to try again
   * @throws AttachException when it cannot be detached
   * @throws KubernetesClientException when the API server cannot tell who has the name
   */
  boolean makesRoom(NetworkAttachment successor, Attachment desired) {
    Identity predecessor = attacher.predecessor(desired).orElse(null);
    if (predecessor == null) {
      // Another thread may have detached it just now.
      return isAdmitted(desired);
    }
    if (!hasTheName(successor)) {
      return false;
    }
    upkeep.forget(predecessor.uid());
    if (attacher.detach(predecessor, null, Reclaim.RETAIN).link()) {
      LOG.infof(
          "%s: detached, since it was made again; its uid was %s", predecessor, predecessor.uid());
    }
    return true;
  }

  private boolean isAdmitted(Attachment desired) {
    try {
      attacher.plan(desired, List.of());
      return true;
    } catch (AttachException e) {
      // It is as it was, which the caller tells.
      return false;
    }
  }

  /**
   * Whether the API server has this very object under its name, so that whoever had the name with
   * another uid is gone: asked for now, since what is known of it may be old.
   */
  private boolean hasTheName(NetworkAttachment successor) {
    NetworkAttachment now = client.resource(successor).get();
    return now != null && now.getMetadata().getUid().equals(successor.getMetadata().getUid());
  }
}
