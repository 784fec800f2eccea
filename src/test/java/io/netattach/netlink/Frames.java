package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.MSG_DONTWAIT;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The Ethernet frames that arrive at a link, in a namespace. */
public final class Frames implements AutoCloseable {
  private static final int ETH_P_ALL = 3;
  private static final int ROOM = 2048;

  private final PacketSocket socket;
  private final List<String> frames = new ArrayList<>();

  public Frames(Netns netns, String link) {
    socket =
        netns.call(() -> {
          try (Rtnetlink links = Rtnetlink.open()) {
            int index = links.link(new InterfaceName(link)).orElseThrow().index();
            return PacketSocket.open(index, ETH_P_ALL);
          }
        });
  }

  /** Those that have come so far, as hexadecimal digits. */
  public List<String> all() {
    try (Memory memory = new Memory(ROOM)) {
      long address = Pointer.nativeValue(memory);
      long length;
      while ((length = Libc.recvfrom(socket.fd.number(), address, ROOM, MSG_DONTWAIT, 0, 0)) > 0) {
        frames.add(HexFormat.of().formatHex(memory.getByteArray(0, (int) length)));
      }
    }
    return List.copyOf(frames);
  }

  /** How often a frame has come. */
  public long count(byte[] frame) {
    String wanted = HexFormat.of().formatHex(frame);
    // The padding of short frames is no part of what is said.
    return all().stream().filter(hex -> hex.startsWith(wanted)).count();
  }

  @Override
  public void close() {
    socket.close();
  }
}
