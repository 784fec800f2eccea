package io.netattach.kube;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The text of a kubeconfig file for one user of one server. */
final class Kubeconfig {
  private Kubeconfig() {}

  static String withCertificate(String server, String authority, Certificates.Identity user) {
    return of(
        server,
        authority,
        "client-certificate-data: %s, client-key-data: %s"
            .formatted(base64(user.certificate()), base64(user.key())));
  }

  static String withToken(String server, String authority, String token) {
    return of(server, authority, "token: " + token);
  }

  /** Of a server that speaks without TLS. */
  static String ofPlain(String server, String token) {
    return text(server, "", "token: \"" + token + "\"");
  }

  private static String of(String server, String authority, String user) {
    return text(server, ", certificate-authority-data: " + base64(authority), user);
  }

  private static String text(String server, String trust, String user) {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: tests
      cluster: {server: "%s"%s}
    users:
    - name: tests
      user: {%s}
    contexts:
    - name: tests
      context: {cluster: tests, user: tests}
    current-context: tests
    """
        .formatted(server, trust, user);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
