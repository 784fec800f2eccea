package io.netattach.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a result: nothing that is not told, nothing that its version does not know. */
final class ResultWriter {
  private final boolean v11;

  private ResultWriter(CniVersion version) {
    this.v11 = version.compareTo(CniVersion.V1_1_0) >= 0;
  }

  static String write(CniResult result) {
    return new ResultWriter(result.version()).object(result).toString();
  }

  static String write(CniError error, CniVersion version) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("cniVersion", version.toString());
    json.put("code", error.code());
    json.put("msg", error.msg());
    putText(json, "details", error.details());
    return json.toString();
  }

  private ObjectNode object(CniResult result) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("cniVersion", result.version().toString());
    if (!result.interfaces().isEmpty()) {
      ArrayNode array = json.putArray("interfaces");
      result.interfaces().forEach(each -> write(each, array.addObject()));
    }
    if (!result.ips().isEmpty()) {
      ArrayNode array = json.putArray("ips");
      result.ips().forEach(each -> write(each, array.addObject()));
    }
    if (!result.routes().isEmpty()) {
      ArrayNode array = json.putArray("routes");
      result.routes().forEach(each -> write(each, array.addObject()));
    }
    if (!result.dns().equals(CniDns.NONE)) {
      write(result.dns(), json.putObject("dns"));
    }
    return json;
  }

  private void write(CniInterface each, ObjectNode json) {
    json.put("name", each.name().value());
    put(json, "mac", each.mac());
    if (v11) {
      put(json, "mtu", each.mtu());
    }
    putText(json, "sandbox", each.sandbox());
    if (v11) {
      putText(json, "socketPath", each.socketPath());
      putText(json, "pciID", each.pciId());
    }
  }

  private static void write(CniIp each, ObjectNode json) {
    put(json, "address", each.address());
    put(json, "gateway", each.gateway());
    if (each.interfaceIndex() != null) {
      json.put("interface", each.interfaceIndex());
    }
  }

  private void write(CniRoute each, ObjectNode json) {
    put(json, "dst", each.dst());
    put(json, "gw", each.gw());
    if (!v11) {
      return;
    }
    put(json, "mtu", each.mtu());
    put(json, "advmss", each.advmss());
    put(json, "priority", each.priority());
    if (each.table() != null) {
      json.put("table", each.table());
    }
    if (each.scope() != null) {
      json.put("scope", each.scope());
    }
  }

  private static void write(CniDns dns, ObjectNode json) {
    putTexts(json, "nameservers", dns.nameservers());
    putText(json, "domain", dns.domain());
    putTexts(json, "search", dns.search());
    putTexts(json, "options", dns.options());
  }

  private static void put(ObjectNode json, String field, @Nullable Object value) {
    if (value != null) {
      json.put(field, value.toString());
    }
  }

  private static void put(ObjectNode json, String field, long number) {
    if (number != 0) {
      json.put(field, number);
    }
  }

  private static void putText(ObjectNode json, String field, String text) {
    if (!text.isEmpty()) {
      json.put(field, text);
    }
  }

  private static void putTexts(ObjectNode json, String field, List<?> values) {
    if (!values.isEmpty()) {
      ArrayNode array = json.putArray(field);
      values.forEach(value -> array.add(value.toString()));
    }
  }
}
