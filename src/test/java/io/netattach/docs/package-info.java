/** The pages for people: what they link to, quote and tell to type is there. */
@NullMarked
package io.netattach.docs;

import org.jspecify.annotations.NullMarked;
