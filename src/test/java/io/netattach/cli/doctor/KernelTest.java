package io.netattach.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.cli.doctor.Finding.Result;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelTest {
  @ParameterizedTest
  @CsvSource({
    "4.19.0-26-amd64, MISSING",
    "5.9.16, MISSING",
    "5.10.0-28-amd64, OK",
    "5.15.0, OK",
    "6.1.0, OK",
    "10.0, OK"
  })
  void whatIsOlderThanSupportedIsTold(String release, Result result) {
    assertThat(Kernel.judge(release).result()).isEqualTo(result);
  }
}
