/** Programs as users of the library write them. */
@NullMarked
package io.netattach.example;

import org.jspecify.annotations.NullMarked;
