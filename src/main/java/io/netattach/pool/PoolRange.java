package io.netattach.pool;

import io.netattach.api.AddressRange;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of one network, and which of them may be given.
 *
 * @param subnet as it is written
 * @param prefixLength of each address
 * @param whole the network
 * @param bounds between which addresses are given
 * @param gateway null for none
 * @param left what is not given within the bounds: in order, apart from each other
 */
record PoolRange(
    String subnet,
    int prefixLength,
    Span whole,
    Span bounds,
    @Nullable PoolAddress gateway,
    List<Span> left) {

  /** The most addresses that one range gives. */
  private static final BigInteger MOST = BigInteger.ONE.shiftLeft(32);

  /** Neighbouring addresses from the first to the last, of one family. */
  record Span(PoolAddress first, PoolAddress last) {
    static Span network(String text) {
      int slash = text.indexOf('/');
      PoolAddress first = PoolAddress.parse(slash < 0 ? text : text.substring(0, slash));
      int prefix = slash < 0 ? first.bits() : Integer.parseInt(text.substring(slash + 1));
      BigInteger size = BigInteger.ONE.shiftLeft(first.bits() - prefix);
      return new Span(
          first, new PoolAddress(first.number().add(size).subtract(BigInteger.ONE), first.bits()));
    }

    boolean contains(PoolAddress address) {
      return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
    }

    boolean overlaps(Span other) {
      return first.compareTo(other.last) <= 0 && other.first.compareTo(last) <= 0;
    }

    BigInteger size() {
      return last.minus(first).add(BigInteger.ONE);
    }
  }

  /** A range as it is written. */
  static PoolRange of(AddressRange range) throws InvalidPool {
    String subnet = String.valueOf(range.subnet());
    try {
      Span whole = Span.network(subnet);
      int prefix = Integer.parseInt(subnet.substring(subnet.indexOf('/') + 1));
      Span bounds = bounds(range, subnet, prefix, whole);
      PoolAddress gateway = range.gateway() == null ? null : PoolAddress.parse(range.gateway());
      return new PoolRange(subnet, prefix, whole, bounds, gateway, left(range, gateway, bounds));
    } catch (IllegalArgumentException e) {
      // The definition's rules refuse it; it is from before them, or they are not installed.
      throw new InvalidPool(
          "range "
              + subnet
              + ": "
              + e.getMessage()
              + "; write subnet as 10.10.0.0/24, and addresses as 10.10.0.10");
    }
  }

  private static Span bounds(AddressRange range, String subnet, int prefix, Span whole)
      throws InvalidPool {
    // Point-to-point links have neither: RFC 3021, RFC 6164.
    boolean isLink = prefix >= whole.first().bits() - 1;
    PoolAddress lowest = isLink ? whole.first() : whole.first().plus(1);
    PoolAddress highest = isLink || !whole.first().isIpv4() ? whole.last() : whole.last().plus(-1);
    PoolAddress first = range.rangeStart() == null ? lowest : PoolAddress.parse(range.rangeStart());
    PoolAddress last = range.rangeEnd() == null ? highest : PoolAddress.parse(range.rangeEnd());
    if (first.compareTo(last) > 0) {
      throw new InvalidPool(
          "range "
              + subnet
              + ": rangeStart "
              + first
              + " is above rangeEnd "
              + last
              + "; write the lower one as rangeStart");
    }
    first = later(first, lowest);
    last = earlier(last, highest);
    return new Span(
        first, earlier(last, new PoolAddress(first.number().add(MOST), first.bits()).plus(-1)));
  }

  private static List<Span> left(AddressRange range, @Nullable PoolAddress gateway, Span bounds) {
    List<Span> spans = new ArrayList<>();
    range.exclude().forEach(text -> spans.add(Span.network(text)));
    if (gateway != null) {
      spans.add(new Span(gateway, gateway));
    }
    spans.removeIf(span -> !span.overlaps(bounds));
    spans.sort((a, b) -> a.first().compareTo(b.first()));
    List<Span> apart = new ArrayList<>();
    for (Span span : spans) {
      Span cut = new Span(later(span.first(), bounds.first()), earlier(span.last(), bounds.last()));
      if (!apart.isEmpty() && apart.getLast().overlaps(cut)) {
        Span last = apart.removeLast();
        cut = new Span(last.first(), later(last.last(), cut.last()));
      }
      apart.add(cut);
    }
    return List.copyOf(apart);
  }

  private static PoolAddress later(PoolAddress a, PoolAddress b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static PoolAddress earlier(PoolAddress a, PoolAddress b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  /** 32 or 128. */
  int bits() {
    return whole.first().bits();
  }

  /** How many addresses it can give. */
  long size() {
    if (bounds.first().compareTo(bounds.last()) > 0) {
      return 0;
    }
    BigInteger size = bounds.size();
    for (Span span : left) {
      size = size.subtract(span.size());
    }
    return size.longValueExact();
  }

  /** Whether an address may be given. */
  boolean gives(PoolAddress address) {
    return next(address).filter(address::equals).isPresent();
  }

  /** The lowest address from a given one on that may be given. */
  Optional<PoolAddress> next(PoolAddress from) {
    PoolAddress at = later(from, bounds.first());
    for (Span span : left) {
      if (span.contains(at)) {
        at = span.last().plus(1);
      }
    }
    return at.compareTo(bounds.last()) > 0 ? Optional.empty() : Optional.of(at);
  }

  /** An address with the range's prefix length. */
  String prefixed(PoolAddress address) {
    return address + "/" + prefixLength;
  }
}
