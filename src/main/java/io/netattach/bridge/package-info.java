/**
 * Bridges of a node that its administrator declares: made, kept, and removed when they are declared
 * no more. Knows links and marks, and no Kubernetes.
 */
@NullMarked
package io.netattach.bridge;

import org.jspecify.annotations.NullMarked;
