package io.netattach.attach;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.MacAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names and addresses that follow from an attachment's uid alone: the same after every repair and
 * restart, and different from everybody else's.
 */
public final class Derived {
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  /** Five bits each: 65 bits in all, with {@code na} in front the longest name there can be. */
  private static final int HOST_NAME_CHARACTERS = 13;

  private Derived() {}

  /** The host end's name, where none is given. */
  public static InterfaceName hostInterface(String uid) {
    byte[] hash = sha256("host-interface/" + uid);
    StringBuilder name = new StringBuilder("na");
    for (int i = 0; i < HOST_NAME_CHARACTERS; i++) {
      name.append(BASE32.charAt(hash[i] & 31));
    }
    return new InterfaceName(name.toString());
  }

  /**
   * The host end's MAC address. It begins with fe: a bridge takes the lowest address of its ports
   * for its own, and no address that is handed out is higher.
   */
  public static MacAddress hostMac(String uid) {
    return mac("host-mac/" + uid, 0xfe);
  }

  /** The container end's MAC address, where none is given; locally administered (IEEE 802). */
  public static MacAddress containerMac(String uid) {
    return mac("container-mac/" + uid, 0x0a);
  }

  private static MacAddress mac(String seed, int first) {
    byte[] hash = sha256(seed);
    long bits = first;
    for (int i = 0; i < 5; i++) {
      bits = bits << 8 | (hash[i] & 0xff);
    }
    return new MacAddress(bits);
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
