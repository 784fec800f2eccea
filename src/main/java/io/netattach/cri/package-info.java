/**
 * What the container runtime of this node knows of pods: which sandbox is a pod's, and where its
 * network namespace is. Asked over the runtime's unix socket, by the Container Runtime Interface,
 * version 1, of which containerd and CRI-O speak the same part.
 *
 * <p>Start with {@link io.netattach.cri.ContainerRuntime}. Nothing of the runtime is changed.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/containers/cri/">the Container Runtime
 *     Interface</a>
 */
@NullMarked
package io.netattach.cri;

import org.jspecify.annotations.NullMarked;
