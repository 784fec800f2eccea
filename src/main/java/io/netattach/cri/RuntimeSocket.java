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
 * @param usual where it is looked for if none is named, in that order
 */
public record RuntimeSocket(@Nullable Path named, List<Path> usual) {
  /** containerd's, CRI-O's, and that of the containerd in k3s and RKE2. */
  private static final List<Path> USUAL =
      List.of(
          Path.of("/run/containerd/containerd.sock"),
          Path.of("/run/crio/crio.sock"),
          Path.of("/run/k3s/containerd/containerd.sock"));

  public RuntimeSocket {
    usual = List.copyOf(usual);
  }

  /**
   * @param named the one socket that may be used; null for whichever of the usual ones is there
   */
  public RuntimeSocket(@Nullable Path named) {
    this(named, USUAL);
  }

  /** The first file that is there; looked for each time, for a runtime may be started later. */
  public Optional<Path> find() {
    return all().stream().findFirst();
  }

  /** All files that are there: a node may have runtimes that run no pods. */
  List<Path> all() {
    return candidates().stream().filter(Files::exists).toList();
  }

  private List<Path> candidates() {
    return named == null ? usual : List.of(named);
  }

  /** All places that are looked at, in words. */
  @Override
  public String toString() {
    return candidates().stream().map(Path::toString).collect(Collectors.joining(" or "));
  }
}
