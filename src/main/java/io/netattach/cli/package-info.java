/** The command line: what a person on a node, or a container's entry point, starts. */
@NullMarked
package io.netattach.cli;

import org.jspecify.annotations.NullMarked;
