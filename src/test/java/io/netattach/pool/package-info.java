/** Tests of pools: what is decided, and what becomes of it on a real API server. */
@NullMarked
package io.netattach.pool;

import org.jspecify.annotations.NullMarked;
