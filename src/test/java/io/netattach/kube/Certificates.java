package io.netattach.kube;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/**
 * A certificate authority for one API server: it signs the server's certificate and the clients'.
 */
final class Certificates {
  /** Longer than any test; short enough that a key which is left somewhere is of no use. */
  private static final Duration LIFETIME = Duration.ofDays(1);

  private static final X500Name AUTHORITY = new X500Name("CN=netattach-tests");

  private final AtomicLong serial = new AtomicLong(1);
  private final KeyPair authorityKey = ecKey();
  private final X509Certificate authority;

  Certificates() {
    authority =
        sign(
            AUTHORITY,
            authorityKey,
            new Usage(Extension.basicConstraints, new BasicConstraints(true)));
  }

  /** A certificate and its key, both as PEM. */
  record Identity(String certificate, String key) {}

  /** The authority's own certificate, which clients verify the server by. */
  X509Certificate authority() {
    return authority;
  }

  /** One for a server on 127.0.0.1. */
  Identity server() {
    KeyPair key = ecKey();
    GeneralNames names = new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    X509Certificate certificate =
        sign(
            new X500Name("CN=kube-apiserver"),
            key,
            new Usage(Extension.subjectAlternativeName, names));
    return new Identity(pem(certificate), pem(key.getPrivate()));
  }

  /** One for a client that is that user, with a key of the curve that k3s and others use. */
  Identity ecClient(String user, String group) {
    return client(user, group, ecKey());
  }

  /** One for a client that is that user. */
  Identity rsaClient(String user, String group) {
    return client(user, group, key("RSA", 2048));
  }

  private Identity client(String user, String group, KeyPair key) {
    X500Name subject = new X500Name("O=" + group + ",CN=" + user);
    return new Identity(pem(sign(subject, key)), pem(key.getPrivate()));
  }

  /** A key to sign tokens with, as PEM. */
  static String tokenKey() {
    return pem(ecKey().getPrivate());
  }

  static String pem(X509Certificate certificate) {
    return pemOf(certificate);
  }

  /**
   * A key of a curve is written in its traditional form (RFC 5915), {@code BEGIN EC PRIVATE KEY},
   * with the curve in it: the JDK's own encoding leaves that out of the inner structure.
   */
  private static String pem(PrivateKey key) {
    if (!(key instanceof ECPrivateKey secret)) {
      return pemOf(key);
    }
    var structure =
        new org.bouncycastle.asn1.sec.ECPrivateKey(
            256, secret.getS(), SECObjectIdentifiers.secp256r1);
    try {
      return pemOf(new PemObject("EC PRIVATE KEY", structure.getEncoded()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pemOf(Object content) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private record Usage(ASN1ObjectIdentifier name, ASN1Encodable value) {}

  private X509Certificate sign(X500Name subject, KeyPair key, Usage... usages) {
    Instant now = Instant.now();
    var builder =
        new JcaX509v3CertificateBuilder(
            AUTHORITY,
            BigInteger.valueOf(serial.getAndIncrement()),
            Date.from(now.minus(Duration.ofMinutes(5))),
            Date.from(now.plus(LIFETIME)),
            subject,
            key.getPublic());
    PrivateKey signer = authorityKey.getPrivate();
    try {
      for (Usage usage : usages) {
        builder.addExtension(usage.name(), true, usage.value());
      }
      var signature = new JcaContentSignerBuilder("SHA256withECDSA").build(signer);
      return new JcaX509CertificateConverter().getCertificate(builder.build(signature));
    } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("sign a certificate for " + subject, e);
    }
  }

  private static KeyPair ecKey() {
    return key("EC", 256);
  }

  private static KeyPair key(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      } else {
        generator.initialize(bits);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("make a key of " + algorithm, e);
    }
  }
}
