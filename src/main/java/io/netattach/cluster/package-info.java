/**
 * What is done to a cluster as a whole, once and by a command that ends: its resource definitions
 * are brought up to date, its attachments are taken down or let go, and an installation is tried
 * out.
 */
@NullMarked
package io.netattach.cluster;

import org.jspecify.annotations.NullMarked;
