package io.netattach.cni;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a result; fields that the version does not have are not looked at. */
final class ResultReader {
  private static final ObjectReader JSON =
      new ObjectMapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final long U32 = 0xffff_ffffL;
  private static final int MAX_SCOPE = 255;

  private final boolean v11;

  private ResultReader(CniVersion version) {
    this.v11 = version.compareTo(CniVersion.V1_1_0) >= 0;
  }

  static CniResult read(String json) {
    JsonFields fields = new JsonFields("", parse(json));
    CniError error = error(fields);
    if (error != null) {
      throw new CniFormatException("this is no result, but the plugin failed: " + error);
    }
    CniVersion version = fields.required("cniVersion", CniVersion::of);
    ResultReader reader = new ResultReader(version);
    JsonFields dns = fields.object("dns");
    try {
      return new CniResult(
          version,
          fields.objects("interfaces", reader::interfaceOf),
          fields.objects("ips", ResultReader::ip),
          fields.objects("routes", reader::route),
          dns == null ? CniDns.NONE : dns(dns));
    } catch (CniFormatException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new CniFormatException("ips", e);
    }
  }

  /** Null when it is none. */
  static @Nullable CniError error(String json) {
    return error(new JsonFields("", parse(json)));
  }

  /** Both fields are required of an error, and a result has neither. */
  private static @Nullable CniError error(JsonFields fields) {
    if (!fields.object().has("code") || !fields.object().has("msg")) {
      return null;
    }
    return new CniError(fields.number("code", U32), fields.text("msg"), fields.text("details"));
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (MismatchedInputException e) {
      throw new CniFormatException("this is not one JSON object: more follows behind it");
    } catch (JsonProcessingException e) {
      throw new CniFormatException("this is not JSON: " + e.getOriginalMessage());
    }
  }

  private CniInterface interfaceOf(JsonFields fields) {
    return new CniInterface(
        fields.required("name", InterfaceName::new),
        fields.value("mac", MacAddress::of),
        v11 ? (int) fields.number("mtu", Integer.MAX_VALUE) : 0,
        fields.text("sandbox"),
        v11 ? fields.text("socketPath") : "",
        v11 ? fields.text("pciID") : "");
  }

  private static CniIp ip(JsonFields fields) {
    return new CniIp(
        fields.required("address", IpPrefix::of),
        fields.value("gateway", IpAddress::of),
        integer(fields, "interface", Integer.MAX_VALUE));
  }

  private CniRoute route(JsonFields fields) {
    IpPrefix dst = fields.required("dst", IpPrefix::of);
    IpAddress gw = fields.value("gw", IpAddress::of);
    if (!v11) {
      return CniRoute.of(dst, gw);
    }
    return new CniRoute(
        dst,
        gw,
        (int) fields.number("mtu", Integer.MAX_VALUE),
        (int) fields.number("advmss", Integer.MAX_VALUE),
        fields.number("priority", U32),
        integer(fields, "table", Integer.MAX_VALUE),
        integer(fields, "scope", MAX_SCOPE));
  }

  private static @Nullable Integer integer(JsonFields fields, String field, int max) {
    Long number = fields.numberOrNull(field, max);
    return number == null ? null : number.intValue();
  }

  private static CniDns dns(JsonFields fields) {
    return new CniDns(
        fields.texts("nameservers", IpAddress::of),
        fields.text("domain"),
        fields.texts("search", Function.identity()),
        fields.texts("options", Function.identity()));
  }
}
