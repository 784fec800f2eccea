/** The node's part of the operator: resources on one side, the attach engine on the other. */
@NullMarked
package io.netattach.agent;

import org.jspecify.annotations.NullMarked;
