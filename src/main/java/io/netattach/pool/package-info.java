/**
 * Pools of addresses: who has which is decided here, without a cluster, and written down so that no
 * two controllers ever give one address to two attachments.
 */
@NullMarked
package io.netattach.pool;

import org.jspecify.annotations.NullMarked;
