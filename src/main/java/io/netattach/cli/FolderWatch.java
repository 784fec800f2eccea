package io.netattach.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits for a folder to change, and then for it to come to rest. */
final class FolderWatch implements AutoCloseable {
  /** Editors and copying programs write, rename and remove in steps: they are given this long. */
  private static final Duration REST = Duration.ofMillis(150);

  /** A folder that never rests is looked at all the same. */
  private static final Duration MOST = Duration.ofSeconds(2);

  private final Path folder;
  private final WatchService service;
  private @Nullable WatchKey key;

  FolderWatch(Path folder) throws IOException {
    this.folder = folder;
    this.service = folder.getFileSystem().newWatchService();
    register();
  }

  private void register() {
    try {
      key =
          folder.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException e) {
      // The folder has gone; it is looked for again with the next wait.
      key = null;
    }
  }

  /** Returns when the folder has changed, the time is over, or this is closed. */
  void await(Duration timeout) throws InterruptedException {
    if (key == null) {
      register();
    }
    try {
      if (poll(timeout)) {
        long end = System.nanoTime() + MOST.toNanos();
        while (System.nanoTime() < end && poll(REST)) {
          // Something else has changed.
        }
      }
    } catch (ClosedWatchServiceException e) {
      // Closed while waiting, to end the wait.
    }
  }

  private boolean poll(Duration timeout) throws InterruptedException {
    WatchKey changed = service.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (changed == null) {
      return false;
    }
    changed.pollEvents();
    if (!changed.reset()) {
      key = null;
    }
    return true;
  }

  /** Ends a wait, too. */
  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
