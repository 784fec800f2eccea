package io.netattach.netlink;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The folder whose files are the kernel's settings. Container runtimes mount /proc/sys read-only
 * unless the container is privileged; there, one of a proc file system of our own is used, which is
 * mounted nowhere and so seen by nobody else. That takes CAP_SYS_ADMIN.
 */
final class ProcSys {
  private static final Path USUAL = Path.of("/proc/sys");

  /** One that is in every network namespace. */
  private static final Path ANY = Path.of("net/ipv4/ip_forward");

  // <linux/mount.h>
  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int FSMOUNT_CLOEXEC = 1;
  private static final int MOUNT_ATTR_NOSUID = 2;
  private static final int MOUNT_ATTR_NODEV = 4;
  private static final int MOUNT_ATTR_NOEXEC = 8;

  private ProcSys() {}

  /** The folder; where none can be written to, that which can be read. */
  static Path folder() {
    return Found.FOLDER;
  }

  /** Looked for when the first setting is asked for. */
  private static final class Found {
    static final Path FOLDER = isWritable(USUAL) ? USUAL : orUsual(ownProc());

    private static Path orUsual(Path own) {
      return isWritable(own) ? own : USUAL;
    }

    /** By opening, which security modules have a say in, too. */
    private static boolean isWritable(Path folder) {
      try (FileChannel opened = FileChannel.open(folder.resolve(ANY), StandardOpenOption.WRITE)) {
        return opened.isOpen();
      } catch (IOException e) {
        return false;
      }
    }

    /** Its descriptor stays open as long as the process lives. */
    private static Path ownProc() {
      int context = Libc.fsopen("proc", FSOPEN_CLOEXEC);
      if (context < 0) {
        return USUAL;
      }
      try {
        int attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
        int root =
            Libc.fsconfig(context, FSCONFIG_CMD_CREATE, 0, 0, 0) == 0
                ? Libc.fsmount(context, FSMOUNT_CLOEXEC, attributes)
                : -1;
        return root < 0 ? USUAL : Path.of("/proc/thread-self/fd/" + root + "/sys");
      } finally {
        Libc.close(context);
      }
    }
  }
}
