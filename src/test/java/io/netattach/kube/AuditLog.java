package io.netattach.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What was asked of an API server and by whom, and what a role allows, in the same words. */
public final class AuditLog {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Request> requests;

  private AuditLog(List<Request> requests) {
    this.requests = List.copyOf(requests);
  }

  /**
   * A request.
   *
   * @param resource with its subresource, such as {@code networkattachments/status}
   */
  public record Request(String user, String verb, String group, String resource, String uri) {
    String permission() {
      return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
    }
  }

  public static AuditLog read(Path file) {
    List<Request> requests = new ArrayList<>();
    try {
      String log = Files.readString(file);
      // The server may be in the middle of the last line.
      String whole = log.substring(0, log.lastIndexOf('\n') + 1);
      for (String line : whole.lines().toList()) {
        JsonNode event = JSON.readTree(line);
        JsonNode object = event.path("objectRef");
        String sub = object.path("subresource").asText("");
        requests.add(
            new Request(
                event.path("user").path("username").asText(),
                event.path("verb").asText(),
                object.path("apiGroup").asText(""),
                object.path("resource").asText("") + (sub.isEmpty() ? "" : "/" + sub),
                event.path("requestURI").asText()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new AuditLog(requests);
  }

  public List<Request> requests() {
    return requests;
  }

  /** What a user asked for, as {@code patch networkattachments/status.netattach.io}. */
  public SortedSet<String> used(String user) {
    SortedSet<String> permissions = new TreeSet<>();
    requests.stream()
        .filter(request -> request.user().equals(user))
        .filter(request -> !request.resource().isEmpty())
        .forEach(request -> permissions.add(request.permission()));
    return permissions;
  }

  /** What the Role and the ClusterRole of a name in a file allow, in the same words. */
  public static SortedSet<String> granted(Path manifest, String name) {
    SortedSet<String> granted = new TreeSet<>();
    try (var in = Files.newInputStream(manifest)) {
      Object loaded = Serialization.unmarshal(in);
      for (Object item : loaded instanceof List<?> list ? list : List.of(loaded)) {
        if (item instanceof HasMetadata object && object.getMetadata().getName().equals(name)) {
          rules(object).forEach(rule -> add(granted, rule));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return granted;
  }

  private static List<PolicyRule> rules(HasMetadata object) {
    return switch (object) {
      case Role role -> role.getRules();
      case ClusterRole role -> role.getRules();
      default -> List.of();
    };
  }

  private static void add(SortedSet<String> granted, PolicyRule rule) {
    for (String group : rule.getApiGroups()) {
      for (String resource : rule.getResources()) {
        for (String verb : rule.getVerbs()) {
          granted.add(new Request("", verb, group, resource, "").permission());
        }
      }
    }
  }
}
