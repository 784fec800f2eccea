/** What a node needs, looked for without changing it. */
@NullMarked
package io.netattach.cli.doctor;

import org.jspecify.annotations.NullMarked;
