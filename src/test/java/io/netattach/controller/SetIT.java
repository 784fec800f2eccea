package io.netattach.controller;

import static io.netattach.controller.Cluster.eventually;
import static io.netattach.controller.Cluster.ready;
import static io.netattach.controller.Samples.labelled;
import static io.netattach.controller.Samples.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.Condition;
import io.netattach.api.Failure;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetSpec;
import io.netattach.api.NetworkAttachmentSetStatus;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.ObjectName;
import io.netattach.kube.Program;
import io.netattach.kube.Scrape;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What becomes of Sets, on a real API server with the rights of the release. */
@NeedsApiServer
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SetIT {
  private Cluster cluster;
  private Program controller;

  @BeforeAll
  void start() {
    cluster = Cluster.start();
    // Nodes here have no agents, which another test is about.
    controller = cluster.controller("c-0", "--silent-after", "86400");
    controller.awaitLine("leading as c-0");
  }

  @AfterAll
  void end() {
    if (controller != null) {
      controller.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  /** Nodes of a test, labelled with its name. */
  private List<String> nodes(String test, int count) {
    cluster.namespace(test);
    List<String> names = IntStream.rangeClosed(1, count).mapToObj(i -> test + "-n" + i).toList();
    names.forEach(name -> cluster.node(name, Map.of("test", test)));
    return names;
  }

  private NetworkAttachmentSet set(String test) {
    return cluster.create(
        Samples.set(test, "web", labelled("test", test), template("blue", "10.10.0.2/24")));
  }

  private List<String> nodesWithAttachment(String namespace) {
    return cluster.attachments(namespace).stream()
        .map(attachment -> attachment.getSpec().nodeName())
        .sorted()
        .toList();
  }

  private Condition readiness(NetworkAttachmentSet set) {
    return Conditions.find(cluster.status(set).conditions(), Conditions.READY).orElseThrow();
  }

  @Test
  void metricsTellWhoLeadsAndHowFarTheSetsAre() {
    Scrape before = controller.scrape();
    assertThat(before.value("netattach_leader")).isEqualTo(1);
    nodes("metrics", 2);

    NetworkAttachmentSet set = set("metrics");
    eventually(() -> assertThat(cluster.status(set).desired()).isEqualTo(2));

    eventually(() -> {
      Scrape after = controller.scrape();
      assertThat(increase(before, after, "netattach_sets")).isEqualTo(1);
      assertThat(increase(before, after, "netattach_set_attachments", "state", "desired"))
          .isEqualTo(2);
      assertThat(increase(before, after, "netattach_set_writes_total", "verb", "create"))
          .isEqualTo(2);
      assertThat(increase(before, after, "netattach_cluster_attachments", "reason", "Pending"))
          .isEqualTo(2);
      assertThat(after.value("netattach_queue_length")).isZero();
    });
    assertThat(controller.scrape().samples(""))
        .noneMatch(sample -> sample.labels().toString().contains("metrics-n1"));
  }

  @Test
  void oneThatWaitsToLeadSaysSo() {
    try (Program waiting = cluster.controller("c-1").awaitReady()) {
      assertThat(waiting.scrape().value("netattach_leader")).isZero();
      assertThat(waiting.scrape().value("netattach_sets")).isZero();
    }
  }

  private static double increase(Scrape before, Scrape after, String name, String... labels) {
    return after.value(name, labels) - before.value(name, labels);
  }

  @Test
  void eachMatchingNodeGetsAnAttachment() {
    List<String> nodes = nodes("stamp", 3);
    cluster.node("stamp-other", Map.of());

    NetworkAttachmentSet set = set("stamp");

    eventually(() -> assertThat(nodesWithAttachment("stamp")).isEqualTo(nodes));
    NetworkAttachment child = cluster.attachmentOf("stamp", "stamp-n1").orElseThrow();
    assertThat(child.getMetadata().getName()).isEqualTo("web-" + ObjectName.hash("stamp-n1"));
    assertThat(child.getMetadata().getLabels())
        .isEqualTo(Map.of("netattach.io/set", "web", "netattach.io/node", "stamp-n1"));
    assertThat(child.getSpec()).isEqualTo(Samples.spec("stamp-n1", "blue", "10.10.0.2/24"));
    OwnerReference owner = child.getMetadata().getOwnerReferences().getFirst();
    assertThat(owner.getUid()).isEqualTo(set.getMetadata().getUid());
    assertThat(owner.getController()).isTrue();
    assertThat(owner.getBlockOwnerDeletion()).isNull();
    eventually(() -> {
      NetworkAttachmentSetStatus status = cluster.status(set);
      assertThat(status.observedGeneration()).isEqualTo(1L);
      assertThat(status.desired()).isEqualTo(3);
      assertThat(status.updated()).isEqualTo(3);
      assertThat(status.ready()).isZero();
      assertThat(readiness(set).reason()).isEqualTo("Progressing");
    });
  }

  @Test
  void nodesComeAndChangeAndGo() {
    nodes("moves", 2);
    set("moves");
    eventually(() -> assertThat(nodesWithAttachment("moves")).hasSize(2));

    cluster.node("moves-n3", Map.of("test", "moves"));
    eventually(() -> assertThat(nodesWithAttachment("moves")).contains("moves-n3"));

    cluster.label("moves-n1", Map.of("test", "elsewhere"));
    eventually(
        () -> assertThat(nodesWithAttachment("moves")).containsExactly("moves-n2", "moves-n3"));

    cluster.deleteNode("moves-n2");
    eventually(() -> assertThat(nodesWithAttachment("moves")).containsExactly("moves-n3"));
  }

  @Test
  void aChangedTemplateIsFollowedInPlace() {
    nodes("edit", 2);
    NetworkAttachmentSet set = set("edit");
    eventually(() -> assertThat(nodesWithAttachment("edit")).hasSize(2));
    List<String> before = uids("edit");

    cluster.edit(set, spec -> with(spec, template("blue", "10.10.0.9/24")));

    eventually(() ->
        assertThat(cluster.attachments("edit"))
            .allSatisfy(child ->
                assertThat(child.getSpec().container().addresses())
                    .containsExactly("10.10.0.9/24")));
    assertThat(uids("edit")).isEqualTo(before);
    eventually(() -> assertThat(cluster.status(set).observedGeneration()).isEqualTo(2L));
  }

  @Test
  void aChangedTargetMakesNewAttachments() {
    nodes("target", 2);
    NetworkAttachmentSet set = set("target");
    eventually(() -> assertThat(nodesWithAttachment("target")).hasSize(2));
    List<String> before = uids("target");

    cluster.edit(set, spec -> with(spec, template("red", "10.10.0.2/24")));

    eventually(() ->
        assertThat(cluster.attachments("target"))
            .hasSize(2)
            .allSatisfy(
                child -> assertThat(child.getSpec().target().netns().name()).isEqualTo("red")));
    assertThat(uids("target")).doesNotContainAnyElementsOf(before);
  }

  private static NetworkAttachmentSetSpec with(
      NetworkAttachmentSetSpec spec, AttachmentTemplate template) {
    return new NetworkAttachmentSetSpec(spec.nodeSelector(), null, null, template);
  }

  private List<String> uids(String namespace) {
    return cluster.attachments(namespace).stream()
        .sorted(Comparator.comparing(child -> child.getMetadata().getName()))
        .map(child -> child.getMetadata().getUid())
        .toList();
  }

  @Test
  void labelsAndAnnotationsAreFollowedAndThoseOfOthersStay() {
    nodes("labels", 1);
    NetworkAttachmentSet set =
        cluster.create(
            Samples.set(
                "labels",
                "web",
                labelled("test", "labels"),
                template(
                    Map.of("team", "a", "tier", "1"),
                    Map.of("note", "x"),
                    "blue",
                    "10.10.0.2/24")));
    eventually(() -> assertThat(nodesWithAttachment("labels")).hasSize(1));
    cluster.change(
        cluster.attachments("labels").getFirst(),
        child -> child.getMetadata().getLabels().put("others", "stays"));

    cluster.edit(
        set, spec -> with(spec, template(Map.of("team", "b"), Map.of(), "blue", "10.10.0.2/24")));

    eventually(() -> {
      var metadata = cluster.attachments("labels").getFirst().getMetadata();
      assertThat(metadata.getLabels())
          .containsEntry("team", "b")
          .containsEntry("others", "stays")
          .containsEntry("netattach.io/set", "web")
          .doesNotContainKey("tier");
      assertThat(metadata.getAnnotations()).doesNotContainKey("note");
    });
  }

  @Test
  void whatADeletedSetLeftBehindIsAdopted() {
    nodes("adopt", 1);
    NetworkAttachmentSet first = set("adopt");
    eventually(() -> assertThat(nodesWithAttachment("adopt")).hasSize(1));
    String uid = uids("adopt").getFirst();
    // What kubectl delete --cascade=orphan comes to, here without a garbage collector.
    cluster.client().resource(first).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
    cluster.change(
        cluster.attachments("adopt").getFirst(),
        child -> child.getMetadata().setOwnerReferences(List.of()));

    NetworkAttachmentSet second = set("adopt");

    eventually(() ->
        assertThat(cluster.attachments("adopt"))
            .singleElement()
            .satisfies(child -> {
              assertThat(child.getMetadata().getUid()).isEqualTo(uid);
              assertThat(child.getMetadata().getOwnerReferences())
                  .extracting(OwnerReference::getUid)
                  .containsExactly(second.getMetadata().getUid());
            }));
  }

  @Test
  void aTakenNameIsToldAndLeftAlone() {
    List<String> nodes = nodes("taken", 2);
    String name = "web-" + ObjectName.hash(nodes.getFirst());
    NetworkAttachment stranger =
        cluster.create(Samples.attachment("taken", name, nodes.getFirst()));

    NetworkAttachmentSet set = set("taken");

    eventually(() -> {
      assertThat(readiness(set).reason()).isEqualTo("NameTaken");
      assertThat(cluster.status(set).failures())
          .extracting(Failure::attachment, Failure::reason)
          .containsExactly(tuple(name, "NameTaken"));
    });
    assertThat(cluster.fresh(stranger).getMetadata().getResourceVersion())
        .isEqualTo(stranger.getMetadata().getResourceVersion());

    cluster.client().resource(stranger).delete();
    eventually(() -> {
      assertThat(nodesWithAttachment("taken")).isEqualTo(nodes);
      assertThat(readiness(set).reason()).isEqualTo("Progressing");
    });
  }

  @Test
  void whatIsRefusedIsToldAndKeepsNothingElseFromBeingWritten() {
    List<String> nodes = nodes("refuse", 3);
    NetworkAttachmentSet set = set("refuse");
    eventually(() -> assertThat(nodesWithAttachment("refuse")).isEqualTo(nodes));
    String undeleted = "web-" + ObjectName.hash(nodes.get(0));
    String unchanged = "web-" + ObjectName.hash(nodes.get(1));
    String unmade = "web-" + ObjectName.hash("refuse-n4");
    cluster.refuse(
        "refuse",
        String.format(
            "request.operation == 'DELETE' && request.name == '%s'"
                + " || request.operation == 'UPDATE' && request.name == '%s'"
                + " || request.operation == 'CREATE' && request.name == '%s'",
            undeleted, unchanged, unmade));

    cluster.deleteNode(nodes.get(0));
    cluster.node("refuse-n4", Map.of("test", "refuse"));
    cluster.node("refuse-n5", Map.of("test", "refuse"));
    cluster.edit(set, spec -> with(spec, template("blue", "10.10.0.9/24")));

    eventually(() -> {
      assertThat(nodesWithAttachment("refuse"))
          .containsExactly(nodes.get(0), nodes.get(1), nodes.get(2), "refuse-n5");
      assertThat(cluster.attachmentOf("refuse", nodes.get(2)).orElseThrow().getSpec())
          .isEqualTo(Samples.spec(nodes.get(2), "blue", "10.10.0.9/24"));
      NetworkAttachmentSetStatus status = cluster.status(set);
      assertThat(status.desired()).isEqualTo(4);
      assertThat(status.updated()).isEqualTo(2);
      assertThat(status.failures())
          .allSatisfy(failure -> {
            assertThat(failure.reason()).isEqualTo("Rejected");
            assertThat(failure.message()).contains("not today");
          })
          .extracting(Failure::attachment)
          .containsExactlyInAnyOrder(undeleted, unchanged, unmade);
      assertThat(readiness(set).reason()).isEqualTo("Rejected");
    });

    cluster.refuseNoMore("refuse");
    eventually(() -> {
      assertThat(nodesWithAttachment("refuse"))
          .containsExactly(nodes.get(1), nodes.get(2), "refuse-n4", "refuse-n5");
      assertThat(cluster.status(set).updated()).isEqualTo(4);
      assertThat(readiness(set).reason()).isEqualTo("Progressing");
    });
  }

  @Test
  void theStatusCountsAndNamesTenFailuresAtMost() {
    List<String> nodes = nodes("counts", 13);
    NetworkAttachmentSet set = set("counts");
    eventually(() -> assertThat(nodesWithAttachment("counts")).hasSize(13));

    for (NetworkAttachment child : cluster.attachments("counts")) {
      if (child.getSpec().nodeName().equals(nodes.getFirst())) {
        cluster.attached(child);
      } else {
        cluster.report(child, Conditions.FALSE, "TargetNotFound", "there is no netns blue");
      }
    }

    eventually(() -> {
      NetworkAttachmentSetStatus status = cluster.status(set);
      assertThat(status.desired()).isEqualTo(13);
      assertThat(status.ready()).isEqualTo(1);
      assertThat(status.failed()).isEqualTo(12);
      assertThat(status.failures())
          .hasSize(10)
          .isSortedAccordingTo(Comparator.comparing(Failure::attachment))
          .allSatisfy(failure -> {
            assertThat(failure.reason()).isEqualTo("TargetNotFound");
            assertThat(failure.message()).isEqualTo("there is no netns blue");
          });
      assertThat(readiness(set).reason()).isEqualTo("Failing");
    });

    cluster.attachments("counts").forEach(cluster::attached);
    eventually(() -> {
      assertThat(readiness(set).status()).isEqualTo(Conditions.TRUE);
      assertThat(readiness(set).reason()).isEqualTo("AllReady");
      assertThat(cluster.status(set).failures()).isEmpty();
    });
    eventually(() ->
        assertThat(
                cluster.events(
                    "counts", event -> event.getInvolvedObject().getName().equals("web")))
            .extracting(event -> event.getReason())
            .contains("Failing", "AllReady"));
  }

  @Test
  void aSetThatMatchesNoNodeIsReadyAndSaysSo() {
    cluster.namespace("none");

    NetworkAttachmentSet set =
        cluster.create(
            Samples.set("none", "web", labelled("no", "where"), template("blue", "10.10.0.2/24")));

    eventually(() -> {
      assertThat(readiness(set).status()).isEqualTo(Conditions.TRUE);
      assertThat(readiness(set).reason()).isEqualTo("NoNodes");
      assertThat(readiness(set).message()).contains("no node matches");
    });
  }

  @Test
  void whatNobodyWantsAnyMoreIsDeleted() {
    nodes("leftover", 1);
    NetworkAttachmentSet set = set("leftover");
    eventually(() -> assertThat(nodesWithAttachment("leftover")).hasSize(1));
    NetworkAttachment copy = Samples.attachment("leftover", "copy", "leftover-n1");
    copy.getMetadata()
        .setOwnerReferences(
            List.of(
                new OwnerReferenceBuilder()
                    .withApiVersion(NetworkAttachment.API_VERSION)
                    .withKind(NetworkAttachmentSet.KIND)
                    .withName("web")
                    .withUid(set.getMetadata().getUid())
                    .withController(true)
                    .build()));

    NetworkAttachment made = cluster.create(copy);

    eventually(() -> assertThat(cluster.fresh(made)).isNull());
    assertThat(nodesWithAttachment("leftover")).containsExactly("leftover-n1");
  }

  @Test
  void manyNodesTakeSecondsAndFewStatusWrites() throws IOException {
    nodes("many", 300);
    Instant start = Instant.now();

    NetworkAttachmentSet set = set("many");
    eventually(() -> assertThat(cluster.status(set).updated()).isEqualTo(300));
    Duration stamped = Duration.between(start, Instant.now());

    start = Instant.now();
    cluster.attachments("many").forEach(cluster::attached);
    eventually(() -> assertThat(readiness(set).reason()).isEqualTo("AllReady"));
    Duration reported = Duration.between(start, Instant.now());

    long writes =
        Files.readAllLines(cluster.server().auditLog()).stream()
            .filter(line -> line.contains("/namespaces/many/networkattachmentsets/web/status"))
            .count();
    System.out.printf(
        "300 nodes stamped in %d ms; ready after %d ms; %d status writes%n",
        stamped.toMillis(), reported.toMillis(), writes);
    assertThat(stamped).isLessThan(Duration.ofSeconds(30));
    // One a second at most, from the first look to the last.
    assertThat(writes).isBetween(2L, stamped.plus(reported).toSeconds() + 3);
    Map<String, Integer> made = new HashMap<>();
    cluster
        .attachments("many")
        .forEach(child -> made.merge(child.getSpec().nodeName(), 1, Integer::sum));
    assertThat(made).hasSize(300).allSatisfy((node, count) -> assertThat(count).isEqualTo(1));
    assertThat(cluster.attachments("many"))
        .allSatisfy(child -> assertThat(Objects.equals(ready(child).status(), "True")).isTrue());
  }
}
