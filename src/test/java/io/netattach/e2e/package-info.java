/**
 * The whole of it on a real cluster: image, chart and manifests, on every node. Run by {@code make
 * e2e}, never by {@code make test}.
 */
@NullMarked
package io.netattach.e2e;

import org.jspecify.annotations.NullMarked;
