package io.netattach.cri;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the container runtime listens.
 *
 * @param named the one socket that may be used; null for whichever of the usual ones is there
 */
public record RuntimeSocket(@Nullable Path named) {
  /** containerd's, CRI-O's, and that of the containerd in k3s and RKE2. */
  private static final List<Path> USUAL =
      List.of(
          Path.of("/run/containerd/containerd.sock"),
          Path.of("/run/crio/crio.sock"),
          Path.of("/run/k3s/containerd/containerd.sock"));

  /** The file, if it is there; looked for each time, for a runtime may be started later. */
  public Optional<Path> find() {
    return candidates().stream().filter(Files::exists).findFirst();
  }

  private List<Path> candidates() {
    return named == null ? USUAL : List.of(named);
  }

  /** All places that are looked at, in words. */
  @Override
  public String toString() {
    return candidates().stream().map(Path::toString).collect(Collectors.joining(" or "));
  }
}
