package io.netattach.kube;

import io.fabric8.kubernetes.client.Config;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Tells the client which algorithm the key of a kubeconfig is of. It takes every key for RSA
 * otherwise, and k3s and others write elliptic ones.
 */
@Singleton
public final class ClientKey implements KubernetesConfigCustomizer {
  private static final String SEC1 = "-----BEGIN EC PRIVATE KEY-----";
  private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final String EC = "EC";

  @Override
  public void customize(Config config) {
    String pem = pem(config);
    if (pem != null && isElliptic(pem)) {
      config.setClientKeyAlgo(EC);
    }
  }

  private static @Nullable String pem(Config config) {
    String data = config.getClientKeyData();
    if (data != null) {
      try {
        return new String(Base64.getMimeDecoder().decode(data), StandardCharsets.US_ASCII);
      } catch (IllegalArgumentException e) {
        // Not base64, so it is the PEM itself.
        return data;
      }
    }
    String file = config.getClientKeyFile();
    if (file == null) {
      return null;
    }
    try {
      return Files.readString(Path.of(file), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      // The client says so better, when it reads it.
      return null;
    }
  }

  static boolean isElliptic(String pem) {
    if (pem.contains(SEC1)) {
      return true;
    }
    int begin = pem.indexOf(PKCS8);
    int end = pem.indexOf(END);
    if (begin < 0 || end < begin) {
      return false;
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + PKCS8.length(), end));
      KeyFactory.getInstance(EC).generatePrivate(new PKCS8EncodedKeySpec(der));
      return true;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }
}
