/** The cluster's part of the operator, by itself and as a program against a real API server. */
@NullMarked
package io.netattach.controller;

import org.jspecify.annotations.NullMarked;
