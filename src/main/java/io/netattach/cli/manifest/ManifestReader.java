package io.netattach.cli.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.cli.manifest.Shape.Field;
import io.netattach.cli.manifest.Shape.Fields;
import io.netattach.cli.manifest.Shape.Ignored;
import io.netattach.cli.manifest.Shape.ListOf;
import io.netattach.cli.manifest.Shape.Text;
import io.netattach.cli.manifest.YamlNode.Entry;
import io.netattach.cli.manifest.YamlNode.Kind;
import io.netattach.cli.manifest.YamlNode.Mapping;
import io.netattach.cli.manifest.YamlNode.Scalar;
import io.netattach.cli.manifest.YamlNode.Sequence;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code NetworkAttachment} manifests from YAML or JSON as strictly as their authors would
 * wish afterwards: what is not known, is there twice or is of another type is a problem, and all
 * problems of a text are told at once.
 *
 * <p>Takes several documents, {@code kind: List} and {@code NetworkAttachmentList}, and what {@code
 * kubectl get -o yaml} writes. A {@code NetworkAttachmentSet} or {@code AddressPool} is passed
 * over. It looks at names and types only; whether an address is an address is not asked here.
 * Stateless, for any thread.
 */
public final class ManifestReader {
  private static final Set<String> FOR_A_CLUSTER =
      Set.of(NetworkAttachmentSet.KIND, AddressPool.KIND);

  /** The largest text that is read, in bytes: twice what the API server takes for one object. */
  public static final int MAX_BYTES = 3 * 1024 * 1024;

  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private static final Fields ATTACHMENT =
      fields(
          Map.entry("apiVersion", new Field(new Text(), true)),
          Map.entry("kind", new Field(new Text(), true)),
          Map.entry("metadata", new Field(Shape.of(ObjectMeta.class, MAPPER), true)),
          Map.entry("spec", new Field(Shape.of(NetworkAttachmentSpec.class, MAPPER), true)),
          Map.entry("status", new Field(Shape.of(NetworkAttachmentStatus.class, MAPPER), false)));

  private static final Fields LIST =
      fields(
          Map.entry("apiVersion", new Field(new Text(), true)),
          Map.entry("kind", new Field(new Text(), true)),
          Map.entry("metadata", new Field(new Ignored(), false)),
          Map.entry("items", new Field(new ListOf(new Ignored()), true)));

  private static final String LIST_KIND = NetworkAttachment.KIND + "List";

  private ManifestReader() {}

  /**
   * Reads all attachments of a file's content.
   *
   * @param source what messages call it, usually the file's name
   * @param bytes text in UTF-8, at most {@link #MAX_BYTES}
   * @param notes takes a line for each object that is passed over
   * @return the attachments in the order in which they are written; at least one document is there,
   *     but a list may be empty
   * @throws ManifestException with all problems, if there is any
   */
  public static List<Manifest> read(String source, byte[] bytes, Consumer<String> notes)
      throws ManifestException {
    try {
      return read(source, UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), notes);
    } catch (CharacterCodingException e) {
      throw refused(source, "is not text in UTF-8");
    }
  }

  /**
   * Reads all attachments of a text.
   *
   * @param source what messages call it, usually a file's name
   * @param text at most {@link #MAX_BYTES} characters
   * @param notes takes a line for each object that is passed over
   * @return the attachments in the order in which they are written; at least one document is there,
   *     but a list may be empty
   * @throws ManifestException with all problems, if there is any
   */
  public static List<Manifest> read(String source, String text, Consumer<String> notes)
      throws ManifestException {
    if (text.length() > MAX_BYTES) {
      throw refused(source, "is larger than 3 MiB; split it");
    }
    var parsed = YamlDocuments.parse(text.startsWith("\uFEFF") ? text.substring(1) : text);
    var documents = parsed.documents();
    var error = parsed.error();
    if (documents.isEmpty() && error == null) {
      throw refused(source, "holds no document; write a " + NetworkAttachment.KIND + " into it");
    }
    var problems = new Problems();
    List<Manifest> manifests = new ArrayList<>();
    boolean several = documents.size() + (error == null ? 0 : 1) > 1;
    for (int i = 0; i < documents.size(); i++) {
      var place = new Place(source, several ? "document " + (i + 1) : "", problems, notes);
      document(place, documents.get(i), manifests);
    }
    if (error != null) {
      var place =
          new Place(source, several ? "document " + (documents.size() + 1) : "", problems, notes);
      place.problem(error.line(), "", error.sentence());
    }
    problems.throwIfAny();
    return List.copyOf(manifests);
  }

  private static void document(Place place, YamlNode node, List<Manifest> manifests) {
    String kind = text(node, "kind").orElse("");
    if (kind.equals("List") || kind.equals(LIST_KIND)) {
      list(place, node, kind, manifests);
    } else {
      attachment(place, node, manifests);
    }
  }

  private static void list(Place place, YamlNode node, String kind, List<Manifest> manifests) {
    checkApiVersion(place, node, kind.equals("List") ? "v1" : NetworkAttachment.API_VERSION);
    new ShapeReader(place).read("", node, LIST);
    if (value(node, "items") instanceof Sequence items) {
      for (int i = 0; i < items.items().size() && !place.problems().full(); i++) {
        attachment(place.item(i), items.items().get(i), manifests);
      }
    }
  }

  private static void attachment(Place place, YamlNode node, List<Manifest> manifests) {
    int before = place.problems().count();
    Optional<String> kind = text(node, "kind");
    if (kind.isPresent() && FOR_A_CLUSTER.contains(kind.get())) {
      passOver(place, node, kind.get());
      return;
    }
    if (kind.isPresent() && !kind.get().equals(NetworkAttachment.KIND)) {
      // Of another kind of object nothing else can be right either.
      place.problem(
          node.line(),
          "kind",
          Quote.text(kind.get()) + " is not read here; write " + NetworkAttachment.KIND);
      return;
    }
    checkApiVersion(place, node, NetworkAttachment.API_VERSION);
    JsonNode json = new ShapeReader(place).read("", node, ATTACHMENT);
    if (value(node, "metadata") instanceof Mapping metadata) {
      ObjectNames.check(place, metadata);
    }
    if (json != null && place.problems().count() == before) {
      manifests.add(new Manifest(place.toString(), null, attachment(json)));
    }
  }

  /**
   * A Set needs nodes to choose from and a pool somebody who gives, which only a cluster has; the
   * same folder may be for both.
   */
  private static void passOver(Place place, YamlNode node, String kind) {
    checkApiVersion(place, node, NetworkAttachment.API_VERSION);
    String name =
        value(node, "metadata") instanceof Mapping metadata
            ? text(metadata, "name").map(given -> " " + Quote.text(given)).orElse("")
            : "";
    place.note(kind + name + " is for a cluster's controller: passed over");
  }

  private static void checkApiVersion(Place place, YamlNode node, String expected) {
    text(node, "apiVersion")
        .filter(given -> !given.equals(expected))
        .ifPresent(given ->
            place.problem(
                node.line(),
                "apiVersion",
                Quote.text(given) + " is not known here; write " + expected));
  }

  private static NetworkAttachment attachment(JsonNode json) {
    try {
      var attachment = new NetworkAttachment();
      attachment.setMetadata(
          ObjectNames.complete(MAPPER.treeToValue(json.get("metadata"), ObjectMeta.class)));
      attachment.setSpec(MAPPER.treeToValue(json.get("spec"), NetworkAttachmentSpec.class));
      if (json.has("status")) {
        attachment.setStatus(MAPPER.treeToValue(json.get("status"), NetworkAttachmentStatus.class));
      }
      return attachment;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a shape allows what its own type does not", e);
    }
  }

  /** The text of a field at the top of a document, if it is there as text. */
  private static Optional<String> text(YamlNode document, String name) {
    return value(document, name) instanceof Scalar(int line, Kind kind, String text)
            && kind == Kind.TEXT
        ? Optional.of(text)
        : Optional.empty();
  }

  private static @Nullable YamlNode value(YamlNode document, String name) {
    if (document instanceof Mapping mapping) {
      for (Entry entry : mapping.entries()) {
        if (entry.name().equals(name)) {
          return entry.value();
        }
      }
    }
    return null;
  }

  private static ManifestException refused(String source, String sentence) {
    return new ManifestException(List.of(new ManifestProblem(source, "", sentence)));
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
