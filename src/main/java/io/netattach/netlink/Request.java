package io.netattach.netlink;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One message to the kernel, not sent yet: what is asked, as values. Give it to {@link
 * Rtnetlink#execute(Request)}, or many to {@link Rtnetlink#executeAll(List)}.
 *
 * <p>A request is made and completed by one thread; it may be sent any number of times.
 */
public abstract sealed class Request
    permits LinkRequest,
        AddressRequest,
        RouteRequest,
        BridgeVlanRequest,
        NsidRequest,
        RuleRequest,
        NeighbourRequest,
        FdbRequest {
  /** No request of this package is longer: texts and hops of a route are bounded. */
  static final int MAX_BYTES = 8192;

  private final int type;
  private final int flags;
  private final List<Consumer<MessageWriter>> attributes = new ArrayList<>();
  private final StringBuilder words;

  Request(int type, int flags, String words) {
    this.type = type;
    this.flags = flags;
    this.words = new StringBuilder(words);
  }

  /** The fixed part of the message, behind its header. */
  abstract void writeFixed(MessageWriter writer);

  final void add(Consumer<MessageWriter> attribute) {
    attributes.add(attribute);
  }

  final void say(String more) {
    words.append(' ').append(more);
  }

  final void write(MessageWriter writer, int moreFlags, int sequence) {
    writer.begin(type, flags | moreFlags, sequence);
    writeFixed(writer);
    for (Consumer<MessageWriter> attribute : attributes) {
      attribute.accept(writer);
    }
    writer.end();
  }

  /** The request in words, as errors quote it: {@code set link 7 mtu 1450}. */
  @Override
  public final String toString() {
    return words.toString();
  }
}
