package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientKeyTest {
  private static String pkcs8(String algorithm) throws Exception {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(new JcaPKCS8Generator(key(algorithm).getPrivate(), null));
    }
    return text.toString();
  }

  /** As openssl ecparam and k3s write it. */
  private static String sec1() throws IOException, NoSuchAlgorithmException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(key("EC").getPrivate());
    }
    return text.toString();
  }

  private static KeyPair key(String algorithm) throws NoSuchAlgorithmException {
    return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
  }

  private static Config withData(String pem) {
    String data = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    return customized(new ConfigBuilder(Config.empty()).withClientKeyData(data).build());
  }

  private static Config customized(Config config) {
    new ClientKey().customize(config);
    return config;
  }

  @Test
  void ellipticKeysAreToldApartInBothForms() throws Exception {
    assertThat(sec1()).contains("BEGIN EC PRIVATE KEY");
    assertThat(withData(sec1()).getClientKeyAlgo()).isEqualTo("EC");
    assertThat(pkcs8("EC")).contains("BEGIN PRIVATE KEY");
    assertThat(withData(pkcs8("EC")).getClientKeyAlgo()).isEqualTo("EC");
  }

  @Test
  void othersStayAsTheyAre() throws Exception {
    String usual = Config.empty().getClientKeyAlgo();
    assertThat(withData(pkcs8("RSA")).getClientKeyAlgo()).isEqualTo(usual);
    assertThat(withData("no key at all").getClientKeyAlgo()).isEqualTo(usual);
    assertThat(customized(Config.empty()).getClientKeyAlgo()).isEqualTo(usual);
  }

  @Test
  void aKeyMayBeInAFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("client.key"), sec1());
    Config config = new ConfigBuilder(Config.empty()).withClientKeyFile(file.toString()).build();
    assertThat(customized(config).getClientKeyAlgo()).isEqualTo("EC");
    config.setClientKeyAlgo(null);
    config.setClientKeyFile(folder.resolve("none").toString());
    assertThat(customized(config).getClientKeyAlgo()).isNull();
  }
}
