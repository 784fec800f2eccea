/**
 * Netlink and network namespaces for Java: links, addresses and routes of any namespace on this
 * machine, without running {@code ip} or a shell.
 *
 * <p>Start with {@link io.netattach.netlink.Netns} for a namespace and {@link
 * io.netattach.netlink.Rtnetlink} for what is inside it; {@link io.netattach.netlink.LinkMonitor}
 * tells what changes. The package needs only the JDK, JNA and a library for the text form of IP
 * addresses. It runs on Linux 5.10 and later with 64-bit JVMs; what a newer kernel is needed for is
 * said where it is used.
 */
@NullMarked
package io.netattach.netlink;

import org.jspecify.annotations.NullMarked;
