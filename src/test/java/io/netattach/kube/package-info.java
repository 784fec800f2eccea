/** A real API server, and what tests need to talk to it. */
@NullMarked
package io.netattach.kube;

import org.jspecify.annotations.NullMarked;
