package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Any bytes are a value or a NetlinkException to every parser: never another exception, never
 * without end. {@code -Dnetattach.fuzz.messages=10000000} makes it a long run, {@code
 * -Dnetattach.fuzz.seed} another one.
 */
class ParserFuzzTest {
  private static final long MESSAGES = Long.getLong("netattach.fuzz.messages", 300_000);
  private static final long SEED = Long.getLong("netattach.fuzz.seed", 1);

  /** Sizes and types that are more telling than others. */
  private static final int[] TELLING = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 18, 20, 23, 24, 26, 52, 0x7f, 0x80, 0xff
  };

  private static final int MAX_BYTES = 600;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final List<byte[]> templates = Parsers.templates();
  private long values;
  private long refusals;

  @Test
  void anyBytesAreAValueOrAnError() {
    long start = System.nanoTime();
    long datagrams = 0;
    long messages = 0;
    while (messages < MESSAGES) {
      byte[] bytes = bytes();
      datagrams++;
      try {
        messages += Math.max(1, readAll(bytes));
      } catch (Throwable e) {
        throw new AssertionError(
            "seed "
                + SEED
                + ", datagram "
                + datagrams
                + ": "
                + HexFormat.ofDelimiter(" ").formatHex(bytes),
            e);
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "fuzz: %,d messages in %,d datagrams, %.1f s, %,d values, %,d refusals, seed %d%n",
        messages, datagrams, seconds, values, refusals, SEED);
    assertThat(values).isPositive();
    assertThat(refusals).isPositive();
  }

  private long readAll(byte[] bytes) {
    // Of just this size: a read past the end finds nothing.
    ByteBuffer buffer = FakeKernel.buffer(bytes.length).put(bytes);
    Datagram datagram = new Datagram(buffer, bytes.length);
    long messages = 0;
    try {
      while (datagram.hasNext()) {
        Message message = datagram.next();
        messages++;
        Parsers.Parser parser = Parsers.ALL.get(random.nextInt(Parsers.ALL.size()));
        try {
          parser.read(message);
          values++;
        } catch (NetlinkException e) {
          refusals++;
        }
      }
    } catch (NetlinkException e) {
      refusals++;
    }
    return messages;
  }

  private byte[] bytes() {
    return switch (random.nextInt(8)) {
      case 0 -> noise();
      case 1 -> join(structured(), garbled(), template());
      case 2, 3 -> structured();
      default -> garbled();
    };
  }

  /** A header that is true, and noise behind. */
  private byte[] noise() {
    byte[] bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    return random.nextBoolean() ? bytes : FakeKernel.message(type(), flags(), 1, bytes);
  }

  private byte[] template() {
    return templates.get(random.nextInt(templates.size()));
  }

  /** A true message some bytes of which are others, or which is cut. */
  private byte[] garbled() {
    byte[] bytes = template().clone();
    for (int i = random.nextInt(5); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] =
          (byte)
              (random.nextBoolean() ? random.nextInt() : TELLING[random.nextInt(TELLING.length)]);
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 8)) : bytes;
  }

  /** Attributes within attributes, of any type, some with a length that is not theirs. */
  private byte[] structured() {
    ByteBuffer payload = FakeKernel.buffer(MAX_BYTES);
    int fixed = new int[] {0, 4, 8, 12, 16, 20}[random.nextInt(6)];
    for (int i = 0; i < fixed; i++) {
      payload.put((byte) (random.nextInt(3) == 0 ? random.nextInt() : family()));
    }
    attributes(payload, 3);
    byte[] bytes = new byte[payload.position()];
    payload.get(0, bytes);
    return FakeKernel.message(type(), flags(), 1, bytes);
  }

  private void attributes(ByteBuffer out, int depth) {
    for (int i = random.nextInt(5); i > 0 && out.remaining() > 80; i--) {
      int start = out.position();
      out.putShort((short) 0).putShort((short) attributeType());
      if (depth > 0 && random.nextBoolean()) {
        attributes(out, depth - 1);
      } else {
        byte[] bytes = new byte[TELLING[random.nextInt(13)]];
        random.nextBytes(bytes);
        out.put(bytes);
      }
      int length = out.position() - start;
      out.putShort(
          start, (short) (random.nextInt(30) == 0 ? length + random.nextInt(-8, 9) : length));
      while (out.position() % 4 != 0) {
        out.put((byte) 0);
      }
    }
  }

  private int attributeType() {
    return random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(60);
  }

  private int family() {
    return new int[] {0, 2, 7, 10}[random.nextInt(4)];
  }

  private int type() {
    return random.nextInt(10) == 0 ? random.nextInt(1 << 16) : random.nextInt(120);
  }

  private int flags() {
    return random.nextInt(4) == 0 ? random.nextInt(1 << 16) : 0x300;
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
