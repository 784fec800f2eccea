/**
 * The custom resources of group {@code netattach.io}, as Java values.
 *
 * <p>Every part of a spec and of a status is an immutable record. The custom resource definitions
 * are generated from these types, so the texts in {@code @JsonPropertyDescription} are what {@code
 * kubectl explain} shows.
 *
 * <p>Two habits hold in the whole package, and both keep one odd object from stopping the watch of
 * all others. A field that this version does not know is passed over, since the definition in the
 * cluster may be newer than the program that reads it. And what the definition requires may be null
 * here all the same, since that definition may also be older: whoever acts on a spec checks it.
 * Lists and maps are never null; an absent one is empty.
 */
@NullMarked
package io.netattach.api;

import org.jspecify.annotations.NullMarked;
