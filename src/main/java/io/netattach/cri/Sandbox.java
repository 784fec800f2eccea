package io.netattach.cri;

/**
 * What a pod's containers run in: it is made before them, and made anew, with another id, when it
 * was lost.
 */
public record Sandbox(String id, Pod pod, Network network) {

  /** The network namespace of a sandbox. */
  public sealed interface Network {
    /** That of the node ({@code hostNetwork: true}). */
    record OfNode() implements Network {}

    /**
     * One of its own.
     *
     * @param path a file that stands for it, as the runtime names it
     */
    record Own(String path) implements Network {}

    /** The runtime does not tell it, or not yet. */
    record Untold() implements Network {}
  }
}
