package io.netattach.attach;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * VLANs of a bridge, as {@code 10,20-29}.
 *
 * @param ranges first and last of each; none for all VLANs and the bridge's default
 */
public record VlanRanges(List<Range> ranges) {
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,4})(?:-([0-9]{1,4}))?");

  public record Range(int first, int last) {
    public Range {
      if (first < 1 || last > 4094 || first > last) {
        throw new IllegalArgumentException(
            "\"" + first + "-" + last + "\" is no range of VLANs; write one within 1-4094");
      }
    }

    @Override
    public String toString() {
      return first == last ? "" + first : first + "-" + last;
    }
  }

  public VlanRanges {
    ranges = List.copyOf(ranges);
  }

  /** Every VLAN, and none. */
  public static VlanRanges all() {
    return new VlanRanges(List.of());
  }

  /**
   * Reads {@code 10,20-29}.
   *
   * @throws IllegalArgumentException with a sentence when the text is something else
   */
  public static VlanRanges of(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = RANGE.matcher(part);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "\"" + text + "\" is no list of VLANs; write one such as 10,20-29");
      }
      int first = Integer.parseInt(matcher.group(1));
      String last = matcher.group(2);
      ranges.add(new Range(first, last == null ? first : Integer.parseInt(last)));
    }
    return new VlanRanges(ranges);
  }

  /** The VLANs of both. */
  public VlanRanges and(VlanRanges other) {
    if (ranges.isEmpty() || other.ranges.isEmpty()) {
      return all();
    }
    List<Range> both = new ArrayList<>(ranges);
    both.addAll(other.ranges);
    return new VlanRanges(both);
  }

  /** 0 stands for the bridge's default VLAN, which only a list of all VLANs holds. */
  boolean allow(int vlan) {
    return ranges.isEmpty()
        || ranges.stream().anyMatch(range -> range.first <= vlan && vlan <= range.last);
  }

  @Override
  public String toString() {
    return ranges.isEmpty()
        ? "1-4094"
        : ranges.stream().map(Range::toString).collect(Collectors.joining(","));
  }
}
