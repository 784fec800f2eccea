package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.attach.Attached;
import io.netattach.attach.Attachment;
import io.netattach.attach.ObservedAttachment;
import io.netattach.attach.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusReportTest {
  private static final AssignedAddresses GIVEN =
      new AssignedAddresses("blue", List.of("10.20.0.7/24"), List.of("10.20.0.1"));
  private static final NetworkAttachmentStatus ASSIGNED =
      new NetworkAttachmentStatus(null, List.of(), GIVEN, null, null, null, null, null);

  private final StatusReport report = new StatusReport(Clock.systemUTC());

  private static NetworkAttachment resource() {
    NetworkAttachment resource =
        Serialization.unmarshal(
            """
            apiVersion: netattach.io/v1alpha1
            kind: NetworkAttachment
            metadata: {name: a, namespace: shop, uid: uid-of-a, generation: 1}
            spec:
              nodeName: node-1
              target: {netns: {name: blue, create: true}}
              container: {interface: net1, addressPool: {name: blue}}
              host: {interface: veth-a}
            """,
            NetworkAttachment.class);
    resource.setStatus(ASSIGNED);
    return resource;
  }

  private static List<Outcome> outcomes(Attachment desired) {
    ObservedAttachment observed =
        new ObservedAttachment(
            new ObservedAttachment.Target.Absent(),
            null,
            null,
            null,
            null,
            null,
            List.of(),
            List.of());
    return List.of(
        new Outcome.Failed(Reason.REFUSED, "no", null),
        new Outcome.Failed(Reason.REFUSED, "no", new Outcome.Found(desired, observed)),
        new Outcome.Done(
            desired, new Attached(observed, List.of(), Duration.ZERO), observed, Instant.EPOCH));
  }

  @Test
  void whatWasAssignedIsInEveryStatus() {
    NetworkAttachment resource = resource();
    for (Outcome outcome : outcomes(SpecReader.read(resource))) {
      for (NetworkAttachmentStatus last : List.of(ASSIGNED, NetworkAttachmentStatus.NOTHING)) {
        assertThat(report.of(resource, last, outcome, false).assigned()).isEqualTo(GIVEN);
      }
    }
  }
}
