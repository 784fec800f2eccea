/**
 * The attach engine: makes the kernel agree with what is desired, one attachment at a time.
 *
 * <p>{@link io.netattach.attach.Attachment} says what is desired, {@link
 * io.netattach.attach.Observer} reads what the kernel has, {@link io.netattach.attach.Planner}
 * decides without touching anything, and {@link io.netattach.attach.Attacher} carries the {@link
 * io.netattach.attach.Plan} out. It knows the kernel and nothing of Kubernetes.
 */
@NullMarked
package io.netattach.attach;

import org.jspecify.annotations.NullMarked;
