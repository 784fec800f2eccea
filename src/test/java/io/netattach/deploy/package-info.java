/** The manifests and the chart that install netattach in a cluster. */
@NullMarked
package io.netattach.deploy;

import org.jspecify.annotations.NullMarked;
