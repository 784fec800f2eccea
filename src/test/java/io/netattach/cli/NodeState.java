package io.netattach.cli;

/**
 * Everything on the node that a command could have changed, as iproute2 and the mount table have
 * it.
 */
record NodeState(String text) {
  private static final String READ =
      """
      ip -d address | sed '/valid_lft/d; s/[a-z_]*timer *[0-9.]*//g; s/tso_max_size [0-9]*//'
      ip route show table all
      ip rule
      ip -6 rule
      ls /run /run/netns 2>&1 || :
      grep netns /proc/self/mountinfo || :
      for netns in $(sed -n 's:.* /run/netns/\\([^ ]*\\) .*:\\1:p' /proc/self/mountinfo); do
        # The machine's own are hidden, not gone: the sandbox has mounted its /run over them.
        [ -e /run/netns/$netns ] || continue
        echo "in $netns:"
        ip -n $netns -d address | sed '/valid_lft/d; s/[a-z_]*timer *[0-9.]*//g; s/tso_max_size [0-9]*//'
        ip -n $netns route show table all
      done
      """;

  static NodeState now() {
    return new NodeState(Shell.run(READ));
  }
}
