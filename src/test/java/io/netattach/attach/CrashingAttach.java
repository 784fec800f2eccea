package io.netattach.attach;

import io.netattach.netlink.Netns;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A process that attaches or detaches one of {@link CrashTest}'s attachments, to be killed at it.
 */
final class CrashingAttach {
  private CrashingAttach() {}

  /** {@code NAMESPACE-FILE ATTACHMENT-TO-DETACH|- ATTACHMENT-TO-ATTACH|-}. */
  public static void main(String[] arguments) {
    try (Netns node = Netns.openPath(Path.of(arguments[0]));
        Attacher attacher =
            new Attacher(node, NodePolicy.defaults(), new Ownership(TestNode.OWNER, false))) {
      Attachments detached = wish(arguments[1]);
      if (detached != null) {
        attacher.detach(detached.get());
      }
      Attachments attached = wish(arguments[2]);
      if (attached != null) {
        attacher.attach(attached.get());
      }
    }
  }

  private static @Nullable Attachments wish(String name) {
    return name.equals("-") ? null : CrashTest.Wish.valueOf(name).attachment;
  }
}
