package io.netattach.netlink;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

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

  /** Values that do not change, put into words when somebody asks: few do. */
  private final List<Object> words = new ArrayList<>();

  Request(int type, int flags, Object... words) {
    this.type = type;
    this.flags = flags;
    Collections.addAll(this.words, words);
  }

  /** The fixed part of the message, behind its header. */
  abstract void writeFixed(MessageWriter writer);

  final void add(Consumer<MessageWriter> attribute) {
    attributes.add(attribute);
  }

  final void say(Object... more) {
    Collections.addAll(words, more);
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
    return words.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }
}
