package io.netattach.cri;

import java.time.Duration;

/** Is told of each call to the container runtime, by the thread that makes it. */
@FunctionalInterface
public interface CallListener {
  /** Of a call that has ended, whether with an answer or without. */
  void ended(Call call, Duration took, boolean answered);
}
