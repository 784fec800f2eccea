/**
 * What the agent and the controller share in talking to an API server: writing a status and nothing
 * else, conditions, events, and by which Lease an agent is heard.
 */
@NullMarked
package io.netattach.kube;

import org.jspecify.annotations.NullMarked;
