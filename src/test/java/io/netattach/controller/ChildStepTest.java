package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.LabelSelector;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChildStepTest {
  private static final String NODE = "n1";
  private static final Place PLACE = Place.on(NODE);

  private static ChildTemplate template(AttachmentTemplate template) {
    NetworkAttachmentSet set =
        Samples.set("shop", "web", new LabelSelector(Map.of(), List.of()), template);
    set.getMetadata().setUid("set-1");
    return ChildTemplate.of(set).orElseThrow();
  }

  private static final ChildTemplate TEMPLATE =
      template(Samples.template(Map.of("team", "a"), Map.of("note", "x"), "blue", "10.10.0.2/24"));

  /** A child of the template, as the API server has it. */
  private static NetworkAttachment child() {
    NetworkAttachment child = TEMPLATE.child(PLACE);
    child.getMetadata().setUid("child-1");
    child.getMetadata().setResourceVersion("7");
    child.getMetadata().setLabels(new HashMap<>(child.getMetadata().getLabels()));
    child.getMetadata().setAnnotations(new HashMap<>(child.getMetadata().getAnnotations()));
    return child;
  }

  private static ChildStep next(ChildTemplate template, NetworkAttachment found) {
    return ChildStep.next(template, PLACE, Optional.of(found));
  }

  private static String patch(ChildStep step) {
    assertThat(step).isInstanceOf(ChildStep.Change.class);
    return ((ChildStep.Change) step).patch().toString();
  }

  @Test
  void whatIsMissingIsMade() {
    assertThat(ChildStep.next(TEMPLATE, PLACE, Optional.empty()))
        .isInstanceOfSatisfying(
            ChildStep.Create.class,
            create -> {
              assertThat(create.child().getSpec().nodeName()).isEqualTo(NODE);
              assertThat(create.child().getMetadata().getLabels())
                  .isEqualTo(
                      Map.of("team", "a", "netattach.io/set", "web", "netattach.io/node", NODE));
              assertThat(create.child().getMetadata().getAnnotations())
                  .containsEntry("note", "x")
                  .containsEntry(
                      ChildTemplate.KEYS_ANNOTATION,
                      "{\"labels\":[\"team\"],\"annotations\":[\"note\"]}");
            });
  }

  @Test
  void whatIsAsTheTemplateSaysIsKept() {
    assertThat(next(TEMPLATE, child())).isInstanceOf(ChildStep.Keep.class);
  }

  @Test
  void labelsOfOthersAreNoDifference() {
    NetworkAttachment child = child();
    child.getMetadata().getLabels().put("others", "1");

    assertThat(next(TEMPLATE, child)).isInstanceOf(ChildStep.Keep.class);
  }

  @Test
  void theLabelsOfTheSetWinOverThoseOfTheTemplate() {
    ChildTemplate template =
        template(
            Samples.template(Map.of("netattach.io/set", "mine"), Map.of(), "blue", "10.10.0.2/24"));

    assertThat(template.labels(PLACE)).containsEntry("netattach.io/set", "web");
  }

  @Test
  void aChangedSpecIsPatchedWithTheVersionThatWasSeen() {
    ChildTemplate changed =
        template(
            Samples.template(Map.of("team", "a"), Map.of("note", "x"), "blue", "10.10.0.9/24"));

    assertThat(patch(next(changed, child())))
        .startsWith(
            "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"child-1\"},{\"op\":\"test\","
                + "\"path\":\"/metadata/resourceVersion\",\"value\":\"7\"},{\"op\":\"add\","
                + "\"path\":\"/spec\"")
        .contains("10.10.0.9/24")
        .doesNotContain("/metadata/labels");
  }

  @Test
  void labelsThatLeaveTheTemplateLeaveTheChildAndOthersStay() {
    NetworkAttachment child = child();
    child.getMetadata().getLabels().put("others", "1");
    ChildTemplate bare = template(Samples.template("blue", "10.10.0.2/24"));

    ChildStep step = next(bare, child);

    assertThat(patch(step))
        .contains(
            "{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"netattach.io/node\":\"n1\","
                + "\"netattach.io/set\":\"web\",\"others\":\"1\"}}")
        .contains("{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{}}")
        .doesNotContain("/spec");
  }

  @Test
  void aSpoiltNoteOfKeysIsWrittenAnew() {
    NetworkAttachment child = child();
    child.getMetadata().getAnnotations().put(ChildTemplate.KEYS_ANNOTATION, "{");

    assertThat(patch(next(TEMPLATE, child))).contains(ChildTemplate.KEYS_ANNOTATION);
  }

  @Test
  void anotherTargetIsAnotherAttachment() {
    ChildTemplate changed = template(Samples.template("red", "10.10.0.2/24"));

    assertThat(next(changed, child())).isInstanceOf(ChildStep.Replace.class);
  }

  @Test
  void whatIsBeingDeletedIsWaitedFor() {
    NetworkAttachment child = child();
    child.getMetadata().setDeletionTimestamp("2025-01-31T12:00:00Z");

    assertThat(next(TEMPLATE, child)).isInstanceOf(ChildStep.Wait.class);
  }

  @Test
  void anOrphanIsAdopted() {
    NetworkAttachment child = child();
    child.getMetadata().setOwnerReferences(List.of());

    assertThat(patch(next(TEMPLATE, child)))
        .contains("\"path\":\"/metadata/ownerReferences\"")
        .contains("\"controller\":true")
        .contains("\"uid\":\"set-1\"")
        .doesNotContain("blockOwnerDeletion");
  }

  @Test
  void anOrphanThatLeadsElsewhereIsAdoptedAsItIs() {
    NetworkAttachment child = child();
    child.getMetadata().setOwnerReferences(List.of());
    child.setSpec(Samples.spec(NODE, "red", "10.10.0.2/24"));

    assertThat(patch(next(TEMPLATE, child))).doesNotContain("/spec");
  }

  @Test
  void whatTheFormerSetOfTheNameHasLeftIsWaitedFor() {
    NetworkAttachment child = child();
    child.getMetadata().getOwnerReferences().getFirst().setUid("set-0");

    assertThat(next(TEMPLATE, child)).isInstanceOf(ChildStep.Wait.class);
  }

  @Test
  void whatBelongsToSomebodyElseIsLeftAlone() {
    NetworkAttachment child = child();
    child
        .getMetadata()
        .setOwnerReferences(
            List.of(
                new OwnerReferenceBuilder()
                    .withKind("Lab")
                    .withName("mine")
                    .withUid("lab-1")
                    .withController(true)
                    .build()));

    assertThat(next(TEMPLATE, child))
        .isInstanceOfSatisfying(
            ChildStep.Taken.class,
            taken ->
                assertThat(taken.sentence())
                    .contains("belongs to Lab mine: delete it, or give this Set another name"));
  }

  @Test
  void whatHasNoLabelsOfOursIsLeftAlone() {
    NetworkAttachment stranger = new NetworkAttachment();
    stranger.getMetadata().setName(TEMPLATE.name(PLACE));
    stranger.setSpec(new NetworkAttachmentSpec(NODE, null, null, null));

    assertThat(next(TEMPLATE, stranger)).isInstanceOf(ChildStep.Taken.class);
  }

  @Test
  void theNameOfAChildTellsItsSet() {
    assertThat(ChildTemplate.setOf(TEMPLATE.name(PLACE))).contains("web");
    assertThat(ChildTemplate.setOf("db-link")).isEmpty();
  }

  @Test
  void aPlanDeletesWhatNoNodeWants() {
    NetworkAttachment leftover = TEMPLATE.child(Place.on("n2"));
    NetworkAttachment going = TEMPLATE.child(Place.on("n3"));
    going.getMetadata().setDeletionTimestamp("2025-01-31T12:00:00Z");
    NetworkAttachment kept = child();

    SetPlan plan =
        SetPlan.of(
            TEMPLATE,
            List.of(PLACE),
            List.of(leftover, going, kept),
            name -> Optional.of(kept).filter(any -> name.equals(any.getMetadata().getName())));

    assertThat(plan.slots())
        .singleElement()
        .satisfies(slot -> assertThat(slot.step()).isInstanceOf(ChildStep.Keep.class));
    assertThat(plan.leftovers()).containsExactly(leftover);
  }
}
