/**
 * Netlink and network namespaces for Java: links, addresses and routes of any namespace on this
 * machine, without running {@code ip} or a shell.
 *
 * <p>Start with {@link io.netattach.netlink.Netns} for a namespace and {@link
 * io.netattach.netlink.Rtnetlink} for what is inside it; {@link io.netattach.netlink.LinkMonitor}
 * tells what changes. The package needs only the JDK, JNA and a library for the text form of IP
 * addresses. It runs on Linux 5.10 and later with 64-bit JVMs; what a newer kernel is needed for is
 * said where it is used.
 *
 * <p>Values, which is all that is a record or an enum, are immutable and may be used by any thread.
 * Who opens a {@link io.netattach.netlink.Netns}, a connection or a monitor closes it; a method
 * that takes one leaves it open. What the kernel refuses is a {@link
 * io.netattach.netlink.NetlinkException}; what it could never take is an {@link
 * IllegalArgumentException} at once, with a sentence that says what to write instead.
 *
 * <p>An argument or a component that is not marked as nullable must not be null: {@link
 * NullPointerException} at the call that gives it.
 */
@NullMarked
package io.netattach.netlink;

import org.jspecify.annotations.NullMarked;
