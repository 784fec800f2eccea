package io.netattach.controller;

import jakarta.inject.Qualifier;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/**
 * A client that tells at once when the API server does not answer. By default one tries again for
 * minutes, longer than a Lease lasts.
 */
@Qualifier
@Retention(RetentionPolicy.RUNTIME)
@interface Impatient {}
