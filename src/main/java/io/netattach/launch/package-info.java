/** What the image starts before the program: it gives up what an agent has no use for. */
@NullMarked
package io.netattach.launch;

import org.jspecify.annotations.NullMarked;
