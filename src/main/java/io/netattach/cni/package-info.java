/**
 * The result that a CNI plugin prints, of spec 1.0.0 and 1.1.0: as values, as JSON, from a veth
 * pair that is there, and onto an interface.
 *
 * <p>Start with {@link io.netattach.cni.CniResult}. The package needs the netlink library and
 * Jackson. All of its values are immutable and may be used by any thread.
 *
 * @see <a href="https://www.cni.dev/docs/spec/#add-success">the CNI specification</a>
 */
@NullMarked
package io.netattach.cni;

import org.jspecify.annotations.NullMarked;
