package io.netattach.netlink;

/** A program that tries to enter a namespace, and says how that went. */
final class WithoutPrivilege {
  private WithoutPrivilege() {}

  public static void main(String[] arguments) {
    try (Netns netns = Netns.create()) {
      System.out.println("made " + netns);
    } catch (NetlinkException e) {
      System.out.println(e.getMessage());
    }
  }
}
