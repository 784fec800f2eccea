package io.netattach.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.Target;
import io.netattach.api.TemplateMetadata;
import io.netattach.kube.ObjectName;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the attachments of a Set are to look like, its children. Pure, and a value. */
final class ChildTemplate {
  /** The Set of a child, as a label. */
  static final String SET_LABEL = NetworkAttachment.GROUP + "/set";

  /** The pod of a child, as a label; a child that is of no pod has none. */
  static final String POD_LABEL = NetworkAttachment.GROUP + "/pod";

  /** The node of a child, as a label. */
  static final String NODE_LABEL = NetworkAttachment.GROUP + "/node";

  /**
   * Which labels and annotations a child has of the template, as an annotation: those that leave
   * the template leave the child, and what others have put there stays.
   */
  static final String KEYS_ANNOTATION = NetworkAttachment.GROUP + "/from-template";

  private static final Pattern CHILD_NAME = Pattern.compile("(.+)-[0-9a-f]{10}");
  private static final TemplateMetadata NO_METADATA = new TemplateMetadata(Map.of(), Map.of());
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The keys of a template's metadata. */
  record Keys(Set<String> labels, Set<String> annotations) {
    static final Keys NONE = new Keys(Set.of(), Set.of());

    /** Those that a child says it has; none where it says nothing, or somebody spoilt it. */
    static Keys of(Map<String, String> annotations) {
      String json = annotations.get(KEYS_ANNOTATION);
      if (json == null) {
        return NONE;
      }
      try {
        Keys keys = MAPPER.readValue(json, Keys.class);
        return keys.labels == null || keys.annotations == null ? NONE : keys;
      } catch (JsonProcessingException e) {
        return NONE;
      }
    }

    String json() {
      try {
        return MAPPER.writeValueAsString(this);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("two sets of texts are always JSON", e);
      }
    }
  }

  private final NetworkAttachmentSet set;
  private final TemplateMetadata metadata;
  private final NetworkAttachmentSpec spec;

  private ChildTemplate(
      NetworkAttachmentSet set, TemplateMetadata metadata, NetworkAttachmentSpec spec) {
    this.set = set;
    this.metadata = metadata;
    this.spec = spec;
  }

  /** That of a Set; empty where it has none, which the definition does not let happen. */
  static Optional<ChildTemplate> of(NetworkAttachmentSet set) {
    AttachmentTemplate template = set.getSpec() == null ? null : set.getSpec().template();
    if (template == null || template.spec() == null) {
      return Optional.empty();
    }
    TemplateMetadata metadata = template.metadata() == null ? NO_METADATA : template.metadata();
    return Optional.of(new ChildTemplate(set, metadata, template.spec()));
  }

  /** The Set that gives its children such names, as far as a name tells. */
  static Optional<String> setOf(String childName) {
    Matcher name = CHILD_NAME.matcher(childName);
    return name.matches() ? Optional.of(name.group(1)) : Optional.empty();
  }

  /** The name of a place's child. */
  String name(Place place) {
    return ObjectName.of(set.getMetadata().getName() + "-", ObjectName.hash(place.key()));
  }

  /** The labels by which a child is told from others. */
  Map<String, String> ownLabels(Place place) {
    Map<String, String> labels = new TreeMap<>();
    labels.put(SET_LABEL, ObjectName.label(set.getMetadata().getName()));
    labels.put(NODE_LABEL, ObjectName.label(place.node()));
    if (place.pod() != null) {
      labels.put(POD_LABEL, ObjectName.label(String.valueOf(place.pod().name())));
    }
    return labels;
  }

  /** All labels of a child. */
  Map<String, String> labels(Place place) {
    Map<String, String> labels = new TreeMap<>(metadata.labels());
    labels.putAll(ownLabels(place));
    return labels;
  }

  /** All annotations of a child. */
  Map<String, String> annotations() {
    Map<String, String> annotations = new TreeMap<>(metadata.annotations());
    annotations.remove(KEYS_ANNOTATION);
    Keys keys =
        new Keys(
            new TreeSet<>(metadata.labels().keySet()),
            new TreeSet<>(metadata.annotations().keySet()));
    if (!keys.equals(Keys.NONE)) {
      annotations.put(KEYS_ANNOTATION, keys.json());
    }
    return annotations;
  }

  /** The spec of a place's child. */
  NetworkAttachmentSpec spec(Place place) {
    Target target = place.pod() == null ? spec.target() : new Target(null, place.pod());
    return new NetworkAttachmentSpec(place.node(), target, spec.container(), spec.host());
  }

  /** That the Set controls its child, which the garbage collector deletes with it. */
  OwnerReference owner() {
    return new OwnerReferenceBuilder()
        .withApiVersion(NetworkAttachment.API_VERSION)
        .withKind(NetworkAttachmentSet.KIND)
        .withName(set.getMetadata().getName())
        .withUid(set.getMetadata().getUid())
        .withController(true)
        .build();
  }

  /** A place's child as it is made. */
  NetworkAttachment child(Place place) {
    NetworkAttachment child = new NetworkAttachment();
    child.getMetadata().setNamespace(set.getMetadata().getNamespace());
    child.getMetadata().setName(name(place));
    child.getMetadata().setLabels(labels(place));
    child.getMetadata().setAnnotations(annotations());
    child.getMetadata().getOwnerReferences().add(owner());
    child.setSpec(spec(place));
    return child;
  }
}
