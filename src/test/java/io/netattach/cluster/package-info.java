@NullMarked
package io.netattach.cluster;

import org.jspecify.annotations.NullMarked;
