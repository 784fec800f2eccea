package io.netattach.netlink;

import static io.netattach.netlink.FakeKernel.buffer;
import static io.netattach.netlink.FakeKernel.done;
import static io.netattach.netlink.FakeKernel.error;
import static io.netattach.netlink.FakeKernel.link;
import static io.netattach.netlink.FakeKernel.message;
import static io.netattach.netlink.LinuxNetlink.NLMSG_DONE;
import static io.netattach.netlink.LinuxNetlink.NLMSG_ERROR;
import static io.netattach.netlink.LinuxNetlink.NLM_F_ACK_TLVS;
import static io.netattach.netlink.LinuxNetlink.NLM_F_CAPPED;
import static io.netattach.netlink.LinuxNetlink.NLM_F_DUMP_INTR;
import static io.netattach.netlink.LinuxNetlink.NLM_F_MULTI;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations with a kernel that loses, repeats, cuts and garbles. */
class NetlinkSocketTest {
  private final LinkRequest request = LinkRequest.set(7).up();
  private FakeKernel kernel;
  private NetlinkSocket socket;

  @BeforeTry
  @BeforeEach
  void open() {
    kernel = new FakeKernel();
    socket = kernel.socket;
  }

  @AfterTry
  @AfterEach
  void close() {
    kernel.close();
  }

  private Optional<String> get() {
    return socket.get(LinkRequest.get(7), LinkParser::parse, Errno.ENODEV).map(Link::name);
  }

  private List<String> dump() {
    return socket.dump(LinkRequest.get("list links"), LinkParser::parse).stream()
        .map(Link::name)
        .toList();
  }

  @Test
  void anAnswerIsParsedAndSomeErrorsMeanNone() {
    kernel.answer(link(1, 0, "a")).answer(error(2, 19)).answer(error(3, 22));
    assertThat(get()).contains("a");
    assertThat(get()).isEmpty();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(this::get)
        .withMessage("get link 7: EINVAL (Invalid argument)");
  }

  @Test
  void answersToEarlierQuestionsArePassedOver() {
    kernel.answer(link(0, 0, "late"), error(0, 1)).answer(link(1, 0, "a"));
    assertThat(get()).contains("a");
    kernel.answer(link(1, NLM_F_MULTI, "late")).answer(link(2, NLM_F_MULTI, "b"), done(1, 0));
    kernel.answer(done(2, NLM_F_MULTI));
    assertThat(dump()).containsExactly("b");
    kernel.answer(error(2, 1), error(3, 0));
    assertThat(socket.execute(List.of(request))).containsOnlyNulls();
  }

  @Test
  void silenceIsAnErrorThatSaysWhatWasAsked() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(this::get)
        .withMessageStartingWith("get link 7: receive: no answer within 0.0 s: ETIMEDOUT")
        .matches(e -> e.is(Errno.ETIMEDOUT));
    assertThatExceptionOfType(NetlinkException.class).isThrownBy(this::dump);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> socket.execute(List.of(request)))
        .withMessageStartingWith("set link 7 up: receive: no answer within");
  }

  @Test
  void acknowledgementsAreToldApartByNumber() {
    kernel.answer(error(2, 17), error(1, 0)).answer(error(3, 19));
    assertThat(socket.execute(List.of(request, request, request)))
        .satisfiesExactly(
            first -> assertThat(first).isNull(),
            second -> assertThat(second).isNotNull().matches(e -> e.is(Errno.EEXIST)),
            third -> assertThat(third).isNotNull().matches(e -> e.is(Errno.ENODEV)));
  }

  @Test
  void whatTheKernelExplainsIsTold() {
    byte[] payload =
        buffer(20 + 12 + 8)
            .putInt(-22)
            .position(20)
            // NLMSGERR_ATTR_MSG
            .putShort((short) 9)
            .putShort((short) 1)
            .put("no no\0\0\0".getBytes(UTF_8))
            // NLMSGERR_ATTR_OFFS, behind header and struct ifinfomsg
            .putShort((short) 8)
            .putShort((short) 2)
            .putInt(32)
            .array();
    kernel.answer(message(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, 1, payload));
    assertThat(socket.execute(List.of(LinkRequest.set(7).mtu(20))))
        .singleElement()
        .satisfies(e -> {
          assertThat(e).isNotNull();
          assertThat(e).hasMessageEndingWith("EINVAL (Invalid argument): kernel says: no no");
          assertThat(e.attribute()).hasValue(LinuxIfLink.IFLA_MTU);
        });
  }

  @Test
  void aDumpIsGatheredFromManyDatagrams() {
    kernel.answer(link(1, NLM_F_MULTI, "a"), link(1, NLM_F_MULTI, "b"));
    kernel.answer(link(1, NLM_F_MULTI, "c"));
    kernel.answer(done(1, NLM_F_MULTI));
    assertThat(dump()).containsExactly("a", "b", "c");
  }

  @Test
  void aDumpThatAChangeInterruptedIsAskedForAgain() {
    kernel.answer(link(1, NLM_F_MULTI, "half")).answer(done(1, NLM_F_MULTI | NLM_F_DUMP_INTR));
    kernel.answer(link(2, NLM_F_MULTI | NLM_F_DUMP_INTR, "half")).answer(done(2, NLM_F_MULTI));
    kernel.answer(link(3, NLM_F_MULTI, "whole")).answer(done(3, NLM_F_MULTI));
    assertThat(dump()).containsExactly("whole");
    assertThat(kernel.questions()).isEqualTo(3);
  }

  @Test
  void aDumpThatIsAlwaysInterruptedIsAnErrorInTheEnd() {
    for (int i = 1; i <= NetlinkSocket.MAX_DUMPS; i++) {
      kernel.answer(done(i, NLM_F_MULTI | NLM_F_DUMP_INTR));
    }
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(this::dump)
        .withMessage("list links: interrupted by changes 20 times in a row");
    assertThat(kernel.questions()).isEqualTo(20);
  }

  @Test
  void anErrorAtTheEndOfADumpIsTold() {
    byte[] enomem = buffer(4).putInt(-12).array();
    kernel.answer(link(1, NLM_F_MULTI, "a"), message(NLMSG_DONE, NLM_F_MULTI, 1, enomem));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(this::dump)
        .withMessage("list links: ENOMEM (Cannot allocate memory)");
  }

  @Test
  void aDumpWithSomethingMalformedIsReadToItsEndFirst() {
    kernel.answer(
        message(LinuxRtnetlink.RTM_NEWLINK, NLM_F_MULTI, 1, new byte[3]),
        link(1, NLM_F_MULTI, "a"));
    kernel.answer(done(1, NLM_F_MULTI));
    kernel.answer(link(2, 0, "b"));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(this::dump)
        .withMessageContaining("3 bytes of payload");
    assertThat(get()).as("the connection goes on").contains("b");
  }

  @Test
  void anAnswerLargerThanTheBufferIsAskedForAgain() {
    String large = "x".repeat(60_000);
    kernel
        .answer(link(1, 0, large), link(1, 0, large))
        .answer(link(2, 0, large), link(2, 0, large));
    assertThat(get()).contains(large);
    assertThat(kernel.questions()).isEqualTo(2);
    kernel.answer(link(3, NLM_F_MULTI, large), link(3, NLM_F_MULTI, large));
    kernel.answer(done(3, NLM_F_MULTI));
    assertThat(dump()).hasSize(2);
    assertThat(kernel.questions()).isEqualTo(1);
  }

  @Test
  void aDumpWithADatagramThatWasTooLargeIsAskedForAgain() {
    String large = "x".repeat(60_000);
    kernel.answer(link(1, NLM_F_MULTI, large), link(1, NLM_F_MULTI, large));
    kernel.answer(done(1, NLM_F_MULTI));
    kernel.answer(link(2, NLM_F_MULTI, "a")).answer(done(2, NLM_F_MULTI));
    assertThat(dump()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, -1, 17, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 20})
  void aLengthThatMakesNoSenseIsAnError(int length) {
    byte[] message = message(NLMSG_ERROR, 0, 1, new byte[0]);
    ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()).putInt(0, length);
    kernel.answer(message);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(this::get)
        .withMessageContaining(length + " bytes where 16 are");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 36, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x7ffffffd})
  void anErrorThatQuotesARequestOfNonsenseLengthIsAnErrorToo(int echoed) {
    byte[] payload = buffer(40).putInt(-22).putInt(echoed).array();
    kernel.answer(message(NLMSG_ERROR, NLM_F_ACK_TLVS, 1, payload));
    assertThatExceptionOfType(NetlinkException.class).isThrownBy(this::get);
  }

  @Property(tries = 1500)
  void whateverIsAnsweredThereIsAResultOrAnError(
      @ForAll("garbled") List<byte[]> datagrams, @ForAll @IntRange(max = 2) int kind) {
    datagrams.forEach(kernel::answer);
    try {
      switch (kind) {
        case 0 -> assertThat(get()).isNotNull();
        case 1 -> assertThat(dump()).isNotNull();
        default -> assertThat(socket.execute(List.of(request, request))).hasSize(2);
      }
    } catch (NetlinkException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** Datagrams of true messages, some bytes of which are others. */
  @Provide
  Arbitrary<List<byte[]>> garbled() {
    Arbitrary<byte[]> whole =
        Arbitraries.of(
            link(1, NLM_F_MULTI, "a"),
            link(2, NLM_F_MULTI, "b"),
            done(1, NLM_F_MULTI),
            done(1, NLM_F_MULTI | NLM_F_DUMP_INTR),
            done(2, 0),
            error(1, 0),
            error(2, 22),
            message(NLMSG_ERROR, NLM_F_ACK_TLVS, 1, new byte[60]),
            message(NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED, 2, new byte[44]));
    Arbitrary<List<Integer>> places = Arbitraries.integers().between(0, 80).list().ofMaxSize(4);
    Arbitrary<List<Byte>> bytes = Arbitraries.bytes().list().ofSize(4);
    Arbitrary<byte[]> one =
        Combinators.combine(whole, places, bytes, Arbitraries.integers().between(0, 70))
            .as(NetlinkSocketTest::garble);
    return one.list().ofMinSize(1).ofMaxSize(6);
  }

  private static byte[] garble(byte[] whole, List<Integer> places, List<Byte> bytes, int cut) {
    byte[] garbled = cut < 60 ? whole.clone() : Arrays.copyOf(whole, cut - 44);
    for (int i = 0; i < places.size(); i++) {
      garbled[places.get(i) % garbled.length] = bytes.get(i);
    }
    return garbled;
  }
}
