package io.netattach.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSourceBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.kube.ClientKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The cluster that {@code KUBECONFIG} names, and a way to look into its nodes. */
final class Cluster implements AutoCloseable {
  static final String NAMESPACE = "netattach-e2e";
  static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final String PROBE = "probe";
  private static final String PROBE_FOLDER =
      NamespaceProbe.class.getPackageName().replace('.', '/');
  private static final Path LOGS = Path.of("target", "e2e-logs");

  /** The native launcher of the image, told to start the probe instead. */
  private static final String PROBE_CONFIGURATION =
      """
      [Application]
      app.classpath=/probe
      app.mainclass=io/netattach/e2e/NamespaceProbe

      [JavaOptions]
      java-options=--enable-native-access=ALL-UNNAMED
      """;

  private final Path kubeconfig;
  private final KubernetesClient client;
  private final String image;
  private int probes;

  /**
   * @param image that every node has
   */
  Cluster(Path kubeconfig, String image) {
    this.kubeconfig = kubeconfig;
    this.image = image;
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    new ClientKey().customize(config);
    client = new KubernetesClientBuilder().withConfig(config).build();
  }

  static String environment(String name, String meaning) {
    return Optional.ofNullable(System.getenv(name))
        .filter(value -> !value.isEmpty())
        .orElseThrow(() -> new AssertionError("set " + name + ": " + meaning));
  }

  KubernetesClient client() {
    return client;
  }

  Path kubeconfig() {
    return kubeconfig;
  }

  String imageTag() {
    return image.substring(image.lastIndexOf(':') + 1);
  }

  List<String> nodes() {
    return client.nodes().list().getItems().stream()
        .filter(Cluster::isReady)
        .map(node -> node.getMetadata().getName())
        .sorted()
        .toList();
  }

  private static boolean isReady(Node node) {
    return node.getStatus().getConditions().stream()
        .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  void apply(String yaml) {
    for (HasMetadata object : client.load(stream(yaml)).items()) {
      switch (object) {
        case Pod pod -> addProbe(pod.getSpec());
        case Deployment deployment -> addProbe(deployment.getSpec().getTemplate().getSpec());
        default -> {}
      }
      client.resource(object).fieldManager("netattach-e2e").forceConflicts().serverSideApply();
    }
  }

  /** Gives the pod's only container the image, with {@link NamespaceProbe} to be started by it. */
  private void addProbe(PodSpec pod) {
    Container container = pod.getContainers().getFirst();
    container.setImage(image);
    container.setImagePullPolicy("IfNotPresent");
    container
        .getVolumeMounts()
        .addAll(
            List.of(
                new VolumeMountBuilder()
                    .withName(PROBE)
                    .withMountPath("/probe/" + PROBE_FOLDER)
                    .build(),
                new VolumeMountBuilder()
                    .withName(PROBE)
                    .withMountPath("/opt/netattach/lib/app/netattach.cfg")
                    .withSubPath("netattach.cfg")
                    .build()));
    pod.getVolumes()
        .add(
            new VolumeBuilder()
                .withName(PROBE)
                .withConfigMap(new ConfigMapVolumeSourceBuilder().withName(PROBE).build())
                .build());
  }

  private static InputStream stream(String text) {
    return new java.io.ByteArrayInputStream(text.getBytes(UTF_8));
  }

  /** Makes the namespace for what the tests put into the cluster, with the probe in it. */
  void prepare() {
    apply(
        """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %s
          labels: {pod-security.kubernetes.io/enforce: privileged}
        """
            .formatted(NAMESPACE));
    String file = NamespaceProbe.class.getSimpleName() + ".class";
    String resource = PROBE_FOLDER + "/" + file;
    try (InputStream in = ClassLoader.getSystemResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      client
          .resource(
              new ConfigMapBuilder()
                  .withNewMetadata()
                  .withNamespace(NAMESPACE)
                  .withName(PROBE)
                  .endMetadata()
                  .withData(Map.of("netattach.cfg", PROBE_CONFIGURATION))
                  .withBinaryData(
                      Map.of(file, Base64.getEncoder().encodeToString(in.readAllBytes())))
                  .build())
          .serverSideApply();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What is inside a namespace of a node, a line each; see {@link NamespaceProbe}.
   *
   * @param arguments the namespace, and what to try or to write there
   */
  List<String> look(String node, String... arguments) {
    PodResource probe = startProbe(node, arguments);
    await("the probe on " + node)
        .atMost(PATIENCE)
        .until(() -> List.of("Succeeded", "Failed").contains(phase(probe.get())));
    List<String> lines = probe.getLog().lines().toList();
    probe.withGracePeriod(0).delete();
    return lines;
  }

  /** The same, of a probe that goes on; whoever asks for it deletes it. */
  PodResource startProbe(String node, String... arguments) {
    String name = "probe-" + ++probes;
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          nodeName: %3$s
          hostNetwork: true
          restartPolicy: Never
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: 0
          tolerations: [{operator: Exists}]
          containers:
            - name: probe
              args: [%4$s]
              securityContext: {privileged: true}
              volumeMounts:
                - {name: netns, mountPath: /run/netns, mountPropagation: HostToContainer}
          volumes:
            - {name: netns, hostPath: {path: /run/netns, type: DirectoryOrCreate}}
        """
            .formatted(name, NAMESPACE, node, "'" + String.join("', '", arguments) + "'"));
    return client.pods().inNamespace(NAMESPACE).withName(name);
  }

  /** What {@link NamespaceProbe} says inside a pod that it runs in; see {@link #look}. */
  List<String> lookInside(Pod pod, String... addresses) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    List<String> command = new ArrayList<>(List.of("/opt/netattach/bin/netattach", "-"));
    command.addAll(List.of(addresses));
    try (ExecWatch exec =
        client
            .pods()
            .resource(pod)
            .writingOutput(said)
            .writingError(said)
            .exec(command.toArray(String[]::new))) {
      exec.exitCode().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("in pod " + pod.getMetadata().getName() + ": " + said, e);
    }
    return said.toString(UTF_8).lines().toList();
  }

  private static String phase(Pod pod) {
    return pod.getStatus().getPhase();
  }

  /** Writes what a person would ask for after a failure. */
  void keepLogs() {
    try {
      Files.createDirectories(LOGS);
      for (Pod pod : client.pods().inAnyNamespace().list().getItems()) {
        String name = pod.getMetadata().getName();
        if (pod.getMetadata().getNamespace().startsWith("netattach-")) {
          keep(name + ".yaml", Serialization.asYaml(pod));
          keep(name + ".log", log(pod));
        }
      }
      keep("events.yaml", Serialization.asYaml(client.v1().events().inAnyNamespace().list()));
      keep("nodes.yaml", Serialization.asYaml(client.nodes().list()));
      for (String plural : List.of("networkattachments", "networkattachmentsets", "addresspools")) {
        keep(plural + ".json", raw("/apis/netattach.io/v1alpha1/" + plural));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String log(Pod pod) {
    try {
      return client.pods().resource(pod).getLog();
    } catch (RuntimeException e) {
      // A container that never started has none, which its description tells.
      return e.toString();
    }
  }

  private String raw(String path) {
    return Optional.ofNullable(client.raw(path)).orElse("");
  }

  private static void keep(String file, String text) throws IOException {
    Files.writeString(LOGS.resolve(file), text);
  }

  @Override
  public void close() {
    client.close();
  }
}
