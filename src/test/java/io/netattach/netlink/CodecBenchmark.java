package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * What the codec alone takes, without a system call: time and allocation. {@code make jmh} runs it;
 * no run of all tests does, for its name does not end in Test.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CodecBenchmark {
  private static final int LINKS = 1000;

  private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());
  private final Veth veth =
      new Veth(
          new Veth.End(
              7, new InterfaceName("host0"), MacAddress.of("fe:00:5e:00:00:01"), 1450, null),
          new Veth.End(
              8, new InterfaceName("eth0"), MacAddress.of("02:00:5e:00:00:02"), 1450, null));
  private ByteBuffer vethRequest = out;
  private int vethLength;
  private List<ByteBuffer> dump = List.of();

  /** The messages of a dump are those of the kernel, for as many links as are asked for. */
  @Setup
  public void record() {
    vethRequest = ByteBuffer.allocateDirect(1 << 12).order(ByteOrder.nativeOrder());
    MessageWriter writer = new MessageWriter(vethRequest);
    veth.request().write(writer, 0, 1);
    vethLength = writer.length();
    dump = recordedDump();
  }

  private static List<ByteBuffer> recordedDump() {
    try (Netns netns = Netns.create();
        Rtnetlink kernel = Rtnetlink.open(netns);
        NetlinkSocket socket = netns.call(() -> NetlinkSocket.open(NetlinkSocket.TIMEOUT))) {
      new Sysctl("net/ipv6/conf/default/disable_ipv6").set(netns, "1");
      List<Request> requests = new ArrayList<>();
      for (int i = 0; i < LINKS / 2; i++) {
        requests.add(
            new Veth(
                    Veth.End.of(new InterfaceName("a" + i)),
                    Veth.End.of(new InterfaceName("b" + i)))
                .request());
      }
      requests.add(LinkRequest.delete(1));
      kernel.executeAll(requests);
      List<ByteBuffer> messages = new ArrayList<>();
      socket.dump(
          LinkRequest.get("list links").attribute(w -> w.u32(LinuxIfLink.IFLA_EXT_MASK, 1 << 3)),
          message -> {
            messages.add(copy(message));
            return message;
          });
      // lo is one of them.
      return messages.subList(0, LINKS);
    }
  }

  private static ByteBuffer copy(Message message) {
    int start = message.start() - LinuxNetlink.NLMSG_HDRLEN;
    int length = message.end() - start;
    return ByteBuffer.allocateDirect(LinuxNetlink.align(length))
        .order(ByteOrder.nativeOrder())
        .put(0, message.in(), start, length);
  }

  @Benchmark
  public int buildAVethRequest() {
    MessageWriter writer = new MessageWriter(out);
    veth.request().write(writer, 0, 1);
    return writer.length();
  }

  @Benchmark
  public Object parseAVethRequest() {
    return LinkParser.parse(new Datagram(vethRequest, vethLength).next());
  }

  @Benchmark
  public Object parseADumpOf1000Links() {
    List<Link> links = new ArrayList<>();
    for (ByteBuffer message : dump) {
      links.add(LinkParser.parse(new Datagram(message, message.capacity()).next()));
    }
    return links;
  }

  @Test
  void itsFiguresAreShown() throws Exception {
    var results =
        new Runner(
                new OptionsBuilder()
                    .include(CodecBenchmark.class.getName())
                    .addProfiler(GCProfiler.class)
                    .forks(1)
                    .warmupIterations(4)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(6)
                    .measurementTime(TimeValue.seconds(1))
                    .jvmArgsAppend("--enable-native-access=ALL-UNNAMED")
                    .build())
            .run();
    assertThat(results).hasSize(3);
  }
}
