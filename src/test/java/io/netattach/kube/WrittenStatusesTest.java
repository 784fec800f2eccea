package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WrittenStatusesTest {
  private static final NetworkAttachmentStatus ONE = status(1L);
  private static final NetworkAttachmentStatus TWO = status(2L);
  private static final NetworkAttachmentStatus OTHERS = status(null);

  private final WrittenStatuses<NetworkAttachmentStatus> written = new WrittenStatuses<>();

  private static NetworkAttachmentStatus status(@Nullable Long generation) {
    return new NetworkAttachmentStatus(generation, List.of(), null, null, null, null, null, null);
  }

  private static NetworkAttachment object(String version, NetworkAttachmentStatus status) {
    NetworkAttachment object = new NetworkAttachment();
    object.getMetadata().setUid("u");
    object.getMetadata().setResourceVersion(version);
    object.setStatus(status);
    return object;
  }

  private void write(String version, NetworkAttachmentStatus status) {
    written.writing(object("0", ONE), status);
    written.wrote(object(version, status));
  }

  private boolean isForeign(NetworkAttachment now) {
    return written.isForeign(now, object("1", ONE));
  }

  @Test
  void whereNothingIsWrittenAnyChangeIsSomebodyElses() {
    assertThat(isForeign(object("5", OTHERS))).isTrue();
  }

  @Test
  void beforeAnythingIsWrittenTheObjectTells() {
    assertThat(written.latest(object("5", ONE))).isEqualTo(ONE);
    assertThat(isForeign(object("5", ONE))).isFalse();
  }

  @Test
  void aCacheThatLagsBehindDoesNotCount() {
    write("10", TWO);
    assertThat(written.latest(object("9", ONE))).isEqualTo(TWO);
    assertThat(isForeign(object("9", ONE))).as("our own of before").isFalse();
  }

  @Test
  void whatIsWrittenLaterIsSomebodyElses() {
    write("9", TWO);
    assertThat(isForeign(object("10", OTHERS))).isTrue();
    assertThat(written.latest(object("10", OTHERS))).isEqualTo(OTHERS);
    assertThat(isForeign(object("10", TWO))).as("an edit of the spec").isFalse();
  }

  @Test
  void withoutAnAnswerOneMoreLookIsTaken() {
    written.writing(object("9", ONE), TWO);
    assertThat(isForeign(object("10", OTHERS))).isTrue();
    assertThat(isForeign(object("10", TWO))).isFalse();
    assertThat(written.latest(object("10", OTHERS))).isEqualTo(TWO);
  }

  @Test
  void whatIsForgottenIsReadFromTheObjectAgain() {
    write("10", TWO);
    written.forget("u");
    assertThat(written.latest(object("9", ONE))).isEqualTo(ONE);
  }
}
