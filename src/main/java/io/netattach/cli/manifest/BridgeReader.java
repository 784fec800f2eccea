package io.netattach.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.attach.VlanRanges;
import io.netattach.bridge.DeclaredBridge;
import io.netattach.bridge.Uplink;
import io.netattach.cli.manifest.Shape.Field;
import io.netattach.cli.manifest.Shape.Fields;
import io.netattach.cli.manifest.Shape.ListOf;
import io.netattach.cli.manifest.Shape.Text;
import io.netattach.cli.manifest.Shape.Truth;
import io.netattach.cli.manifest.Shape.Whole;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.LinkKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a declared bridge, written as YAML or JSON: {@code {name: br-blue, vlanFiltering: true,
 * uplink: {vxlan: {id: 42}}}}.
 */
public final class BridgeReader {
  private static final Fields VLAN =
      fields(
          Map.entry("link", new Field(new Text(), true)),
          Map.entry("id", new Field(new Whole(1, 4094), true)));

  private static final Fields VXLAN =
      fields(
          Map.entry("id", new Field(new Whole(1, 0xff_ffff), true)),
          Map.entry("port", new Field(new Whole(1, 65_535), false)),
          Map.entry("group", new Field(new Text(), false)),
          Map.entry("link", new Field(new Text(), false)),
          Map.entry("peers", new Field(new ListOf(new Text()), false)));

  private static final Fields UPLINK =
      fields(
          Map.entry("link", new Field(new Text(), false)),
          Map.entry("vlan", new Field(VLAN, false)),
          Map.entry("vxlan", new Field(VXLAN, false)),
          Map.entry("vlans", new Field(new Text(), false)));

  private static final Fields BRIDGE =
      fields(
          Map.entry("name", new Field(new Text(), true)),
          Map.entry("vlanFiltering", new Field(new Truth(), false)),
          Map.entry("mtu", new Field(new Whole(0, 65_535), false)),
          Map.entry("uplink", new Field(UPLINK, false)));

  private BridgeReader() {}

  /**
   * Reads one.
   *
   * @param source what messages call it
   * @throws ManifestException with all problems, if there is any
   */
  public static DeclaredBridge read(String source, String text) throws ManifestException {
    var problems = new Problems();
    var place = new Place(source, "", problems, note -> {});
    var parsed = YamlDocuments.parse(text);
    var error = parsed.error();
    if (error != null) {
      place.problem(error.line(), "", error.sentence());
    } else if (parsed.documents().size() != 1) {
      place.problem(0, "", "is not one bridge; write one such as {name: br-blue}");
    }
    problems.throwIfAny();
    JsonNode json = new ShapeReader(place).read("", parsed.documents().getFirst(), BRIDGE);
    problems.throwIfAny();
    try {
      return bridge(Objects.requireNonNull(json, "what has no problem has a value"));
    } catch (IllegalArgumentException e) {
      place.problem(0, "", String.valueOf(e.getMessage()));
      throw thrown(problems);
    }
  }

  private static ManifestException thrown(Problems problems) {
    try {
      problems.throwIfAny();
    } catch (ManifestException e) {
      return e;
    }
    throw new IllegalStateException("there is a problem");
  }

  private static DeclaredBridge bridge(JsonNode json) {
    return new DeclaredBridge(
        field("name", json.path("name").asText(), InterfaceName::new),
        json.path("vlanFiltering").asBoolean(),
        json.path("mtu").asInt(),
        json.has("uplink") ? uplink(json.path("uplink")) : null);
  }

  private static Uplink uplink(JsonNode json) {
    List<String> given = new ArrayList<>(List.of("link", "vlan", "vxlan"));
    given.removeIf(name -> !json.has(name));
    if (given.size() != 1) {
      throw new IllegalArgumentException(
          "uplink: "
              + (given.isEmpty() ? "names no link" : "is " + String.join(" and ", given))
              + "; write one of link, vlan and vxlan");
    }
    VlanRanges vlans =
        json.has("vlans")
            ? field("uplink.vlans", json.path("vlans").asText(), VlanRanges::of)
            : null;
    return switch (given.getFirst()) {
      case "link" ->
          new Uplink.Existing(
              field("uplink.link", json.path("link").asText(), InterfaceName::new), vlans);
      case "vlan" -> {
        JsonNode vlan = json.path("vlan");
        yield new Uplink.Vlan(
            field("uplink.vlan.link", vlan.path("link").asText(), InterfaceName::new),
            vlan.path("id").asInt(),
            vlans);
      }
      default -> vxlan(json.path("vxlan"), vlans);
    };
  }

  private static Uplink vxlan(JsonNode json, @Nullable VlanRanges vlans) {
    List<IpAddress> peers = null;
    if (json.has("peers")) {
      peers = new ArrayList<>();
      for (JsonNode peer : json.path("peers")) {
        peers.add(field("uplink.vxlan.peers", peer.asText(), IpAddress::of));
      }
    }
    return new Uplink.Vxlan(
        json.path("id").asInt(),
        json.path("port").asInt(LinkKind.Vxlan.PORT),
        json.has("group")
            ? field("uplink.vxlan.group", json.path("group").asText(), IpAddress::of)
            : null,
        json.has("link")
            ? field("uplink.vxlan.link", json.path("link").asText(), InterfaceName::new)
            : null,
        peers,
        vlans);
  }

  private static <T> T field(String field, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
    }
  }

  @SafeVarargs
  private static Fields fields(Map.Entry<String, Field>... entries) {
    Map<String, Field> byName = new LinkedHashMap<>();
    for (var entry : entries) {
      byName.put(entry.getKey(), entry.getValue());
    }
    return new Fields(Collections.unmodifiableMap(byName));
  }
}
