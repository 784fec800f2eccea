package io.netattach.attach;

import io.netattach.netlink.Netns;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** A process that does one of {@link CrashTest}'s deeds, to be killed at it. */
final class CrashingAttach {
  private CrashingAttach() {}

  /** {@code NAMESPACE-FILE DEED}. */
  public static void main(String[] arguments) {
    Ownership ownership = new Ownership(TestNode.OWNER, false);
    try (Netns node = Netns.openPath(Path.of(arguments[0]));
        Attacher attacher = new Attacher(node, NodePolicy.defaults(), ownership)) {
      switch (CrashTest.Deed.valueOf(arguments[1])) {
        case ATTACH -> attacher.attach(CrashTest.FULL.get());
        case UPDATE -> attacher.attach(CrashTest.CHANGED.get());
        case MOVE -> attacher.attach(CrashTest.MOVED.get());
        case DETACH -> attacher.detach(CrashTest.FULL.get());
        case DETACH_SEVERAL ->
            attacher.detachAll(CrashTest.SEVERAL.stream().map(Attachments::get).toList());
        case CLEAN_UP ->
            new Orphans(TestNode.OWNER, attacher, (about, line) -> {})
                .clean(Set.of(), Set.of(), Duration.ZERO);
      }
    }
  }
}
