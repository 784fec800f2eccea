package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_UNSPEC;
import static io.netattach.netlink.LinuxRtnetlink.NETNSA_FD;
import static io.netattach.netlink.LinuxRtnetlink.RTM_GETNSID;

/** A request about the number by which one namespace knows another. */
final class NsidRequest extends Request {
  private NsidRequest(int type, String words) {
    super(type, 0, words);
  }

  static NsidRequest get(Netns netns) {
    NsidRequest request = new NsidRequest(RTM_GETNSID, "get the nsid of namespace " + netns);
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
