package io.netattach.attach;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The marks by which ours is known, as texts: what they look like must never change. */
class MarkTest {
  private static final Owner CLUSTER = new Owner("6f1c0f2e-1b1c-4a55-9a37-0f6f2f0f2b11");
  private static final Identity DB_LINK =
      new Identity("3a6b1a3e-7a0d-4d1b-9a55-8f7f6f0e1c22", "shop", "db-link");

  @Test
  void aMarkSaysOwnerAndAttachment() {
    assertThat(Mark.of(CLUSTER, DB_LINK, Reclaim.DELETE))
        .hasToString("netattach 6f1c0f2e-1b1c-4a55-9a37-0f6f2f0f2b11 shop/db-link");
    assertThat(Mark.of(CLUSTER, DB_LINK, Reclaim.RETAIN))
        .hasToString("netattach 6f1c0f2e-1b1c-4a55-9a37-0f6f2f0f2b11 shop/db-link retain");
  }

  @Test
  void namesAndMacsFollowFromTheUid() {
    String uid = DB_LINK.uid();

    assertThat(Mark.altname(uid)).isEqualTo("netattach-3a6b1a3e-7a0d-4d1b-9a55-8f7f6f0e1c22");
    assertThat(Derived.hostInterface(uid)).hasToString("navyuz2u7g4jg7d");
    assertThat(Derived.hostMac(uid)).hasToString("fe:17:9a:c6:4d:1b");
    assertThat(Derived.containerMac(uid)).hasToString("0a:a7:43:21:37:fd");
  }

  @Property
  void everyDerivedNameAndMacIsOneThatALinkCanHave(@ForAll("uids") String uid) {
    assertThat(Derived.hostInterface(uid).value()).matches("na[a-z2-7]{13}");
    assertThat(Derived.hostMac(uid).toString()).startsWith("fe:");
    assertThat(Derived.hostMac(uid).isMulticast()).isFalse();
    assertThat(Derived.containerMac(uid).toString()).startsWith("0a:");
    assertThat(Derived.containerMac(uid).isMulticast()).isFalse();
    assertThat(Mark.altname(uid).getBytes(UTF_8)).hasSizeLessThan(128);
  }

  @Property
  void whatIsPrintedReadsTheSame(
      @ForAll("uids") String owner,
      @ForAll("names") String namespace,
      @ForAll("names") String name,
      @ForAll Reclaim reclaim) {
    Mark mark = new Mark(new Owner(owner), namespace, name, reclaim);

    assertThat(Mark.parse(mark.toString())).contains(mark);
    assertThat(Mark.parse(mark + "\n")).contains(mark);
  }

  /** Whoever may name links in a namespace may write anything into an alias. */
  @Property
  void noTextMakesTheReaderStumble(@ForAll String text) {
    assertThatNoException().isThrownBy(() -> Mark.parse(text));
  }

  @Property
  void noTextThatBeginsLikeOursMakesTheReaderStumble(
      @ForAll("words") String owner, @ForAll("words") String rest) {
    assertThatNoException().isThrownBy(() -> Mark.parse("netattach " + owner + " " + rest));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "netattach a\tb shop/x",
        "netattach a\u2003b shop/x",
        "netattach \u0001 shop/x",
        "netattach ",
        "netattach  shop/x",
        "netattach o shop",
        "netattach o /x",
        "netattach o shop/x retain more",
        "Netattach o shop/x",
        "netattached o shop/x",
        ""
      })
  void whatIsNoMarkIsTakenForNone(String text) {
    assertThat(Mark.parse(text)).isEmpty();
  }

  @Test
  void anOwnerOfTooManyBytesIsTakenForNone() {
    assertThat(Mark.parse("netattach " + "é".repeat(100) + " shop/x")).isEmpty();
    assertThat(Mark.parse("netattach " + "e".repeat(129) + " shop/x")).isEmpty();
  }

  @Test
  void aMarkThatWouldBeTooLongForAnAliasLosesTheEndOfItsName() {
    Identity longest = new Identity("u".repeat(63), "n".repeat(63), "x".repeat(253));
    Owner owner = new Owner("o".repeat(128));

    for (Reclaim reclaim : Reclaim.values()) {
      Mark mark = Mark.of(owner, longest, reclaim);
      assertThat(mark.toString().getBytes(UTF_8)).hasSize(255);
      assertThat(Mark.parse(mark.toString()))
          .hasValueSatisfying(read -> {
            assertThat(read.owner()).isEqualTo(owner);
            assertThat(read.namespace()).isEqualTo("n".repeat(63));
            assertThat(read.name()).matches("x+");
            assertThat(read.reclaim()).isEqualTo(reclaim);
            assertThat(read).hasToString(mark.toString());
          });
    }
  }

  @Test
  void aFolderIsAnOwnerByItsPath() {
    assertThat(Owner.ofFolder(Path.of("/etc/netattach/./x/..")))
        .hasToString("file:/etc/netattach")
        .satisfies(owner -> assertThat(owner.isFolder()).isTrue());
    assertThat(CLUSTER.isFolder()).isFalse();
  }

  @Test
  void aFolderWithALongOrOddPathIsAnOwnerByItsHash() {
    Path fits = Path.of("/" + "a".repeat(128 - "file:/".length()));
    Path tooLong = Path.of("/" + "a".repeat(129 - "file:/".length()));

    assertThat(Owner.ofFolder(fits).text()).hasSize(128).startsWith("file:/aaa");
    assertThat(Owner.ofFolder(tooLong).text()).matches("file:sha256-[0-9a-f]{32}");
    assertThat(Owner.ofFolder(Path.of("/my folder")).text())
        .matches("file:sha256-[0-9a-f]{32}")
        .isNotEqualTo(Owner.ofFolder(Path.of("/my other")).text());
    assertThat(Owner.ofFolder(Path.of("/Grün")).text()).startsWith("file:sha256-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\tb", "a\nb", "\u2003"})
  void anOwnerHasNoWhiteSpace(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Owner(text));
  }

  @Test
  void aPersonMayTouchWhatAnyFolderMadeAndTheRestOnlyItsOwn() {
    Owner here = Owner.ofFolder(Path.of("/a"));
    Owner there = Owner.ofFolder(Path.of("/b"));

    assertThat(new Ownership(here, true).covers(there)).isTrue();
    assertThat(new Ownership(here, true).covers(CLUSTER)).isFalse();
    assertThat(new Ownership(here, false).covers(here)).isTrue();
    assertThat(new Ownership(here, false).covers(there)).isFalse();
    assertThat(new Ownership(CLUSTER, false).covers(CLUSTER)).isTrue();
    assertThat(new Ownership(CLUSTER, false).covers(here)).isFalse();
  }

  @Provide
  Arbitrary<String> uids() {
    return Arbitraries.strings()
        .withCharRange('a', 'z')
        .withCharRange('0', '9')
        .withChars('-')
        .ofMinLength(1)
        .ofMaxLength(63);
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .withCharRange('a', 'z')
        .withChars('-')
        .ofMinLength(1)
        .ofMaxLength(60);
  }

  @Provide
  Arbitrary<String> words() {
    return Arbitraries.strings().withChars("ab /\t\u2003é-:\u0000").ofMaxLength(140);
  }
}
