@NullMarked
package io.netattach.bridge;

import org.jspecify.annotations.NullMarked;
