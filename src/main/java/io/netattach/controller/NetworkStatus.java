package io.netattach.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netattach.api.ContainerStatus;
import io.netattach.api.NetworkAttachment;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The annotation of a pod that lists its networks, as the Network Plumbing Working Group has it
 * (Kubernetes Network Custom Resource Definition De-facto Standard, section 5). Others write into
 * it, too: what is not of an attachment stays as it is, in its place. Pure.
 */
final class NetworkStatus {
  /** The annotation. */
  static final String ANNOTATION = "k8s.v1.cni.cncf.io/network-status";

  /**
   * What names of entries of ours begin with: no namespace has a dot in its name, so no entry of a
   * NetworkAttachmentDefinition has such a name.
   */
  private static final String PREFIX = NetworkAttachment.GROUP + "/";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private NetworkStatus() {}

  /** The text is none that an entry can be added to without harm to what others have written. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }
  }

  /** Whether there may be an entry of ours in it. */
  static boolean hasOurs(@Nullable String text) {
    return text != null && text.contains(PREFIX);
  }

  /**
   * The annotation with the entries of these attachments, and of no others of ours.
   *
   * @param before null where there is none
   * @param ready those that are ready
   * @return the same text where there is nothing to change; empty where nothing is left to say
   */
  static Optional<String> with(@Nullable String before, List<NetworkAttachment> ready)
      throws Unreadable {
    ArrayNode then = read(before);
    ArrayNode now = MAPPER.createArrayNode();
    then.forEach(entry -> {
      if (!isOurs(entry)) {
        now.add(entry);
      }
    });
    boolean others = !now.isEmpty();
    ready.stream()
        .sorted(Comparator.comparing(attachment -> attachment.getMetadata().getName()))
        .forEach(attachment -> {
          ContainerStatus end =
              attachment.getStatus() == null ? null : attachment.getStatus().container();
          if (end != null) {
            now.add(entry(attachment.getMetadata().getName(), end));
          }
        });
    if (now.equals(then)) {
      return Optional.ofNullable(before);
    }
    return now.isEmpty() && !others ? Optional.empty() : Optional.of(write(now));
  }

  private static ArrayNode read(@Nullable String text) throws Unreadable {
    if (text == null || text.isBlank()) {
      return MAPPER.createArrayNode();
    }
    try {
      if (MAPPER.readTree(text) instanceof ArrayNode entries) {
        return entries;
      }
    } catch (JsonProcessingException e) {
      throw new Unreadable("is no JSON: " + e.getOriginalMessage());
    }
    throw new Unreadable("is no JSON list");
  }

  private static boolean isOurs(JsonNode entry) {
    return entry.path("name").asText().startsWith(PREFIX);
  }

  private static ObjectNode entry(String attachment, ContainerStatus end) {
    ObjectNode entry = MAPPER.createObjectNode();
    entry.put("name", PREFIX + attachment);
    entry.put("interface", end.interfaceName());
    ArrayNode ips = entry.putArray("ips");
    end.addresses().forEach(address -> ips.add(address.substring(0, address.indexOf('/'))));
    entry.put("mac", end.mac());
    entry.put("mtu", end.mtu());
    if (!end.gateways().isEmpty()) {
      ArrayNode gateways = entry.putArray("gateway");
      end.gateways().forEach(gateways::add);
    }
    entry.putObject("dns");
    return entry;
  }

  private static String write(ArrayNode entries) {
    try {
      return MAPPER.writeValueAsString(entries);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always JSON", e);
    }
  }
}
