package io.netattach.cli.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.netattach.cli.manifest.YamlNode.Entry;
import io.netattach.cli.manifest.YamlNode.Kind;
import io.netattach.cli.manifest.YamlNode.Mapping;
import io.netattach.cli.manifest.YamlNode.Scalar;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What names an object: name, namespace and uid, by the rules of Kubernetes, and what stands in for
 * them where no API server gives them.
 */
final class ObjectNames {

  private static final int MAX_NAME = 253;
  private static final int MAX_NAMESPACE = 63;
  private static final String DEFAULT_NAMESPACE = "default";

  // RFC 1123 as Kubernetes reads it: a subdomain is labels with dots between them.
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile(LABEL.pattern() + "(\\." + LABEL.pattern() + ")*");
  private static final Pattern UID = Pattern.compile("[0-9a-zA-Z-]{1,63}");

  private ObjectNames() {}

  /** Notes what is wrong with the names in an object's metadata. */
  static void check(Place place, Mapping metadata) {
    Map<String, YamlNode> byName = new HashMap<>();
    for (Entry entry : metadata.entries()) {
      byName.putIfAbsent(entry.name(), entry.value());
    }
    YamlNode name = byName.get("name");
    if (name == null || name.isNull()) {
      place.problem(metadata.line(), "metadata.name", missing(byName.containsKey("generateName")));
    } else if (isText(name) && !isName(text(name))) {
      place.problem(
          name.line(),
          "metadata.name",
          Quote.text(text(name))
              + " cannot be a name; write at most 253 lower-case letters, digits, hyphens and dots,"
              + " each part between dots beginning and ending with a letter or a digit");
    }
    YamlNode namespace = byName.get("namespace");
    if (namespace != null && isText(namespace) && !isNamespace(text(namespace))) {
      place.problem(
          namespace.line(),
          "metadata.namespace",
          Quote.text(text(namespace))
              + " cannot be a namespace; write at most 63 lower-case letters, digits and hyphens,"
              + " beginning and ending with a letter or a digit");
    }
    YamlNode uid = byName.get("uid");
    if (uid != null && isText(uid) && !UID.matcher(text(uid)).matches()) {
      place.problem(
          uid.line(),
          "metadata.uid",
          Quote.text(text(uid))
              + " cannot be a uid; write 1 to 63 letters, digits and hyphens, or leave it out");
    }
  }

  /**
   * Fills in what an API server would: the namespace, and a uid that is the same for the same
   * namespace and name wherever and whenever they are read.
   */
  static ObjectMeta complete(ObjectMeta metadata) {
    if (metadata.getNamespace() == null) {
      metadata.setNamespace(DEFAULT_NAMESPACE);
    }
    if (metadata.getUid() == null) {
      String path = "netattach.io/" + metadata.getNamespace() + "/" + metadata.getName();
      metadata.setUid(UUID.nameUUIDFromBytes(path.getBytes(UTF_8)).toString());
    }
    return metadata;
  }

  private static String missing(boolean generated) {
    return generated
        ? "is missing; only an API server can make one from generateName"
        : "is missing; write a name, which tells this attachment from others in its namespace";
  }

  private static boolean isName(String text) {
    return text.length() <= MAX_NAME && SUBDOMAIN.matcher(text).matches();
  }

  private static boolean isNamespace(String text) {
    return text.length() <= MAX_NAMESPACE && LABEL.matcher(text).matches();
  }

  private static boolean isText(YamlNode node) {
    return node instanceof Scalar scalar && scalar.kind() == Kind.TEXT;
  }

  private static String text(YamlNode node) {
    return node instanceof Scalar scalar ? scalar.text() : "";
  }
}
