package io.netattach.netlink;

/**
 * How long an address stays; what the kernel reports counts down.
 *
 * @param valid seconds until it goes, or {@link #FOREVER}; a request needs 1 at least
 * @param preferred seconds until no new connection uses it, at most {@code valid}, or {@link
 *     #FOREVER}; 0 for from now on. Of an IPv4 address that is valid for ever the kernel always
 *     reports {@link #FOREVER}: {@link Address#IFA_F_DEPRECATED} tells
 */
public record AddressLifetime(long valid, long preferred) {
  /** {@code INFINITY_LIFE_TIME}. */
  public static final long FOREVER = 0xffff_ffffL;

  /** It stays until it is removed. */
  public static final AddressLifetime UNLIMITED = new AddressLifetime(FOREVER, FOREVER);

  public AddressLifetime {
    if (valid < 0 || preferred < 0 || valid > FOREVER || preferred > valid) {
      throw new IllegalArgumentException(
          "an address is valid for "
              + valid
              + " s and preferred for "
              + preferred
              + "; write seconds, the second at most the first, and 4294967295 for ever");
    }
  }

  boolean isUnlimited() {
    return equals(UNLIMITED);
  }

  /** As {@code ip address} writes it. */
  @Override
  public String toString() {
    return "valid_lft " + text(valid) + " preferred_lft " + text(preferred);
  }

  private static String text(long seconds) {
    return seconds == FOREVER ? "forever" : seconds + "sec";
  }
}
