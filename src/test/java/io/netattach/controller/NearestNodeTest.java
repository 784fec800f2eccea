package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNodeTest {
  @Test
  void aNameWithSomethingBehindItIsMeantWithout() {
    assertThat(NearestNode.to("n9-typo", List.of("n1", "n9"))).contains("n9");
  }

  @Test
  void aNameWithoutItsDomainIsMeantWithIt() {
    assertThat(NearestNode.to("worker-1", List.of("worker-1.example.com", "worker-10.example.com")))
        .contains("worker-1.example.com");
  }

  @Test
  void aSlipIsFound() {
    assertThat(NearestNode.to("wroker-1", List.of("worker-1", "worker-2"))).contains("worker-1");
    assertThat(NearestNode.to("worke-1", List.of("worker-1", "edge-1"))).contains("worker-1");
  }

  @Test
  void anotherNumberIsAnotherNodeAndNoSlip() {
    assertThat(NearestNode.to("worker-12", List.of("worker-1", "worker-2"))).isEmpty();
  }

  @Test
  void whatCouldBeSeveralIsNotGuessed() {
    assertThat(NearestNode.to("cat", List.of("bat", "rat"))).isEmpty();
  }

  @Test
  void whatIsFarFromAllIsNotGuessed() {
    assertThat(NearestNode.to("database", List.of("worker-1", "worker-2"))).isEmpty();
  }
}
