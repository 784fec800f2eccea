/**
 * What the resource definitions say beyond the fields: rules, list types, defaults and texts for
 * places that no annotation of a field reaches.
 *
 * <p>The classes of the API are annotated with these. A rule is written in CEL, the language that
 * the API server checks objects with, and comes with a sentence that says what to write instead.
 * The agent checks the same rules in Java and more, since objects also come from files and through
 * older definitions; a test asks both about the same values.
 *
 * <p>Two limits shape the rules. The API server estimates what a rule may cost before it takes a
 * definition, so everything is bounded, and no text that a rule computes stands in a message. And
 * it shows a text or a number beside the sentence about it, so that the sentence need not; where a
 * rule speaks of a list or an object, the sentence has to name the culprit.
 */
@NullMarked
package io.netattach.api.schema;

import org.jspecify.annotations.NullMarked;
