package io.netattach.netlink;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link VethSetup} comes to be, over a connection into each of the two namespaces.
 *
 * @param names where random names of host ends come from
 */
record VethCreation(
    Netns host,
    Rtnetlink outside,
    Netns container,
    Rtnetlink inside,
    Supplier<InterfaceName> names) {
  /** Of four billion names ten in a row are taken only if something else is wrong. */
  private static final int MAX_NAMES = 10;

  VethPair create(VethSetup setup) {
    Veth veth = add(setup);
    boolean finished = false;
    try {
      VethPair pair = finish(veth);
      finished = true;
      return pair;
    } finally {
      if (!finished) {
        takeBack(veth.end());
      }
    }
  }

  private Veth add(VethSetup setup) {
    InterfaceName chosen = setup.hostName();
    for (int draws = 1; ; draws++) {
      Veth veth = setup.draw(chosen != null ? chosen : names.get(), container);
      NetlinkException failure = add(veth);
      if (failure == null) {
        return veth;
      }
      if (!failure.is(Errno.EEXIST)) {
        throw failure;
      }
      // The kernel says the same whichever of both names is taken; only the drawn one can be
      // drawn again.
      if (inside.link(setup.containerName()).isPresent()) {
        throw taken(failure, setup.containerName(), container);
      }
      if (chosen != null || draws == MAX_NAMES) {
        // It says so of a taken index, too.
        InterfaceName name = veth.end().name();
        throw outside.link(name).isPresent() ? taken(failure, name, host) : failure;
      }
    }
  }

  private @Nullable NetlinkException add(Veth veth) {
    boolean answered = false;
    try {
      NetlinkException failure = outside.executeAll(List.of(veth.request())).getFirst();
      answered = failure == null || !failure.is(Errno.ETIMEDOUT);
      return failure;
    } finally {
      if (!answered) {
        takeBack(veth.end());
      }
    }
  }

  private static NetlinkException taken(NetlinkException e, InterfaceName name, Netns netns) {
    return NetlinkException.failed(
        e.request() + ": " + name + " is there already in " + netns, Errno.EEXIST);
  }

  private VethPair finish(Veth veth) {
    outside.execute(LinkRequest.set(veth.end().index()).up());
    // The kernel heeds no flags of the peer in the creating request.
    inside.execute(LinkRequest.set(veth.peer().index()).up());
    return new VethPair(
        VethPair.End.of(host, read(outside, veth.end())),
        VethPair.End.of(container, read(inside, veth.peer())));
  }

  private static Link read(Rtnetlink kernel, Veth.End end) {
    return kernel
        .link(end.index())
        .orElseThrow(() -> NetlinkException.failed("get link " + end.name(), Errno.ENODEV));
  }

  /** Deletes a pair of which it is not known how far it came, and no other link at its index. */
  private void takeBack(Veth.End end) {
    try {
      boolean ours =
          outside
              .link(end.index())
              .filter(link -> link.isVeth() && link.name().equals(end.name().value()))
              .isPresent();
      if (ours) {
        outside.execute(LinkRequest.delete(end.index()));
      }
    } catch (NetlinkException e) {
      // The failure that led here is thrown and says more; what cannot be reached stays.
    }
  }
}
