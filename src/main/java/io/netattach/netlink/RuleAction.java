package io.netattach.netlink;

/**
 * What a {@link Rule} does with the packets that it selects.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-rule.8.html">ip-rule(8)</a>
 */
public sealed interface RuleAction {
  /**
   * Looks the destination up in a table; where that has no route, the next rule's turn comes.
   *
   * @param table 254 is main, 255 local, 253 default; above 2147483647 as the int of the same bits
   */
  record Lookup(int table) implements RuleAction {
    public Lookup {
      if (table == 0) {
        throw new IllegalArgumentException("no table has number 0; write one such as 254 for main");
      }
    }

    @Override
    public String toString() {
      return "lookup " + Integer.toUnsignedString(table);
    }
  }

  /** Looks the destination up in the table of the VRF that the packet comes from or goes to. */
  record LookupVrf() implements RuleAction {
    @Override
    public String toString() {
      return "lookup l3mdev";
    }
  }

  /**
   * Goes on with the first rule of a later priority.
   *
   * @param priority 1 to 4294967295, above that of the rule itself
   */
  record Goto(long priority) implements RuleAction {
    public Goto {
      if (priority < 1 || priority > 0xffff_ffffL) {
        throw new IllegalArgumentException(
            "a rule goes to a priority within 1 to 4294967295, not " + priority);
      }
    }

    @Override
    public String toString() {
      return "goto " + priority;
    }
  }

  /** Goes on with the next rule. */
  record Nop() implements RuleAction {
    @Override
    public String toString() {
      return "nop";
    }
  }

  /** Drops the packet in silence; a local sender gets EINVAL. */
  record Blackhole() implements RuleAction {
    @Override
    public String toString() {
      return "blackhole";
    }
  }

  /** Answers that the network is unreachable; a local sender gets ENETUNREACH. */
  record Unreachable() implements RuleAction {
    @Override
    public String toString() {
      return "unreachable";
    }
  }

  /** Answers that it is forbidden; a local sender gets EACCES. */
  record Prohibit() implements RuleAction {
    @Override
    public String toString() {
      return "prohibit";
    }
  }

  /**
   * An action that this library has no name for.
   *
   * @param number {@code FR_ACT_*} of linux/fib_rules.h, 0 to 255
   */
  record Other(int number) implements RuleAction {
    public Other {
      if (number < 0 || number > 255) {
        throw new IllegalArgumentException(
            "the number of an action is within 0 to 255, not " + number);
      }
    }

    @Override
    public String toString() {
      return "action " + number;
    }
  }
}
