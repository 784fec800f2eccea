package io.netattach.attach;

import java.util.List;

/**
 * What a detach removed.
 *
 * @param link whether there was a pair
 * @param netns whether a namespace that was made for attachments went, too
 * @param occupants links for whose sake such a namespace stays
 */
public record Detached(boolean link, boolean netns, List<String> occupants) {
  public Detached {
    occupants = List.copyOf(occupants);
  }
}
