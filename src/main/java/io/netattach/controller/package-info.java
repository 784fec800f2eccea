/**
 * The cluster's part of the operator: Sets become attachments, and where no agent speaks for a node
 * this part does. It never touches a kernel.
 */
@NullMarked
package io.netattach.controller;

import org.jspecify.annotations.NullMarked;
