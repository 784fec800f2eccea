package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_UNSPEC;
import static io.netattach.netlink.LinuxRtnetlink.*;

/** A request about the number by which one namespace knows another. */
final class NsidRequest extends Request {
  private NsidRequest(int type, Object... words) {
    super(type, 0, words);
  }

  static NsidRequest get(Netns netns) {
    return of(RTM_GETNSID, netns, "get the nsid of namespace", netns);
  }

  static NsidRequest dump() {
    return new NsidRequest(RTM_GETNSID, "list nsids");
  }

  /** With -1 for the number the kernel takes the lowest that is free. */
  static NsidRequest set(Netns netns, int nsid) {
    NsidRequest request =
        of(
            RTM_NEWNSID,
            netns,
            nsid < 0 ? "give an nsid" : "give nsid " + nsid,
            "to namespace",
            netns);
    request.add(w -> w.u32(NETNSA_NSID, nsid));
    return request;
  }

  private static NsidRequest of(int type, Netns netns, Object... words) {
    NsidRequest request = new NsidRequest(type, words);
    int fd = netns.fd();
    request.add(w -> w.u32(NETNSA_FD, fd));
    return request;
  }

  @Override
  void writeFixed(MessageWriter writer) {
    // struct rtgenmsg, one byte, padded
    writer.fixed((byte) AF_UNSPEC, (byte) 0, (byte) 0, (byte) 0);
  }
}
