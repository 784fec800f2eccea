package io.netattach.netlink;

/** A program that reads its own namespace, tries to enter another, and says how that went. */
final class WithoutPrivilege {
  private WithoutPrivilege() {}

  public static void main(String[] arguments) {
    try (Netns own = Netns.current();
        Rtnetlink kernel = Rtnetlink.open(own);
        LinkMonitor monitor =
            LinkMonitor.open(own, LinkMonitor.Settings.all().withOneNamespace(), event -> {})) {
      System.out.println("read " + kernel.link(1).orElseThrow().name());
      System.out.println("hears " + (monitor != null));
      System.out.println("forwards " + Forwarding.IPV4.isOn(own));
    }
    try (Netns netns = Netns.create()) {
      System.out.println("made " + netns);
    } catch (NetlinkException e) {
      System.out.println(e.getMessage());
    }
  }
}
