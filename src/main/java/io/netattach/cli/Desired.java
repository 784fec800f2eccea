package io.netattach.cli;

import io.netattach.agent.SpecReader;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.attach.Attachment;
import io.netattach.attach.Identity;
import io.netattach.attach.InvalidAttachment;
import io.netattach.attach.Owner;
import io.netattach.cli.manifest.Manifest;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.cli.manifest.ManifestFiles;
import io.netattach.cli.manifest.ManifestProblem;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An attachment that a manifest asks for.
 *
 * @param owner the folder that the manifest is in
 * @param nodeName the node that it is for; null for whichever reads it
 */
record Desired(Owner owner, @Nullable String nodeName, Attachment attachment) {
  private static final Owner STANDARD_INPUT = new Owner("file:-");

  /**
   * Reads manifests. A mistake in one keeps all from being carried out. What is passed over gives a
   * note.
   *
   * @throws ManifestException with everything that is wrong in any of them
   */
  static List<Desired> read(List<String> files, InputStream stdin, Consumer<String> notes)
      throws ManifestException {
    List<Manifest> manifests = ManifestFiles.read(files, stdin, notes);
    return all(manifests, notes);
  }

  /**
   * What manifests ask for; what only a cluster can carry out gives a note.
   *
   * @throws ManifestException with everything that is wrong in any of them
   */
  static List<Desired> all(List<Manifest> manifests, Consumer<String> notes)
      throws ManifestException {
    List<Desired> all = new ArrayList<>();
    List<ManifestProblem> problems = new ArrayList<>();
    for (Manifest manifest : manifests) {
      String why = clustersOnly(manifest.attachment().getSpec());
      if (why != null) {
        notes.accept("note: " + name(manifest.attachment()) + " " + why + ": passed over");
        continue;
      }
      try {
        all.add(of(manifest));
      } catch (InvalidAttachment e) {
        e.problems().stream()
            .map(p -> new ManifestProblem(manifest.source(), p.field(), p.sentence()))
            .forEach(problems::add);
      }
    }
    if (!problems.isEmpty()) {
      throw new ManifestException(problems);
    }
    return all;
  }

  /** Why nobody but a cluster can carry it out; null where somebody can. */
  private static @Nullable String clustersOnly(@Nullable NetworkAttachmentSpec spec) {
    if (spec == null) {
      return null;
    }
    if (spec.target() != null && spec.target().pod() != null && spec.target().netns() == null) {
      return "is for a pod, which the agent of a cluster attaches to";
    }
    return spec.container() != null && spec.container().addressPool() != null
        ? "has its addresses from a pool, which the controller of a cluster gives out"
        : null;
  }

  private static String name(NetworkAttachment attachment) {
    return attachment.getMetadata().getNamespace() + "/" + attachment.getMetadata().getName();
  }

  private static Desired of(Manifest manifest) {
    Path folder = manifest.folder();
    return new Desired(
        folder == null ? STANDARD_INPUT : Owner.ofFolder(folder),
        manifest.attachment().getSpec().nodeName(),
        SpecReader.read(manifest.attachment()));
  }

  /**
   * Refuses attachments of one node that want the same name: only one of them can have it.
   *
   * @throws ManifestException with each that comes too late
   */
  static void refuseClashes(List<Desired> desired) throws ManifestException {
    Map<String, Identity> taken = new HashMap<>();
    List<ManifestProblem> problems = new ArrayList<>();
    for (Desired one : desired) {
      Attachment attachment = one.attachment();
      Identity identity = attachment.identity();
      String host = attachment.host().name().value();
      Identity first = taken.putIfAbsent(host, identity);
      if (first != null) {
        problems.add(clash(identity, "spec.host.interface", host, first));
      }
      String container = attachment.container().name().value();
      first = taken.putIfAbsent(attachment.target().netns() + "/" + container, identity);
      if (first != null) {
        problems.add(clash(identity, "spec.container.interface", container, first));
      }
    }
    if (!problems.isEmpty()) {
      throw new ManifestException(problems);
    }
  }

  private static ManifestProblem clash(
      Identity identity, String field, String name, Identity first) {
    String sentence = "\"" + name + "\" is the name that " + first + " has there; write another";
    return new ManifestProblem(identity.toString(), field, sentence);
  }

  /** Those for a node; each of the others gives a note. */
  static List<Desired> forNode(List<Desired> all, String node, Consumer<String> notes) {
    List<Desired> ours = new ArrayList<>();
    for (Desired desired : all) {
      String wanted = desired.nodeName();
      if (wanted == null || wanted.equals(node)) {
        ours.add(desired);
      } else {
        notes.accept(
            "note: "
                + desired.attachment().identity()
                + " is for node "
                + wanted
                + ", this is "
                + node
                + ": passed over");
      }
    }
    return ours;
  }
}
