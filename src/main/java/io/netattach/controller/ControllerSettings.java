package io.netattach.controller;

import java.time.Duration;

/**
 * What a controller is told when it starts.
 *
 * @param namespace where its Lease and those of the agents are
 * @param identity by which it is told from other controllers
 * @param silentAfter how long an agent may be unheard before that is said
 * @param nodeGrace how long a Node object must be gone before attachments of it are let go
 */
public record ControllerSettings(
    String namespace, String identity, Duration silentAfter, Duration nodeGrace) {}
