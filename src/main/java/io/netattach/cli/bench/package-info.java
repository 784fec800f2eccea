/** The benchmark of the engine on this node. */
@NullMarked
package io.netattach.cli.bench;

import org.jspecify.annotations.NullMarked;
