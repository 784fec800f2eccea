/** What tests of several rooms share. */
@NullMarked
package io.netattach;

import org.jspecify.annotations.NullMarked;
