/** What is handed out for watching the operator, held against what it tells. */
@NullMarked
package io.netattach.monitoring;

import org.jspecify.annotations.NullMarked;
