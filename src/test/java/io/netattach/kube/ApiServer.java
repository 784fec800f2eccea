package io.netattach.kube;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A real kube-apiserver with an etcd of its own, on 127.0.0.1, with RBAC, and with nothing else of
 * a cluster: no controllers, no scheduler, no nodes but those that a test creates.
 *
 * <p>It can be stopped and started again with the same data at the same address. Closing it ends
 * both programs and removes all files.
 */
public final class ApiServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration INTERVAL = Duration.ofMillis(100);

  /** Written first: a line for each request that is complete, without bodies. */
  private static final String AUDIT_POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived, ResponseStarted]
      rules:
      - level: Metadata
      """;

  private final Path assets;
  private final Path folder;
  private final boolean audited;
  private final Certificates certificates = new Certificates();
  private final Ports ports = Ports.free();
  private final Kubectl kubectl;
  private final Path adminKubeconfig;
  private final ServerProcess etcd;
  private final KubernetesClient client;
  private @Nullable ServerProcess server;

  private ApiServer(boolean audited) {
    assets = assets().orElseThrow(() -> new IllegalStateException(Assets.missing().orElse("")));
    this.audited = audited;
    folder = newFolder();
    kubectl = new Kubectl(assets.resolve("kubectl"), folder);
    adminKubeconfig = admin("admin.kubeconfig", certificates.rsaClient("admin", "system:masters"));
    client = client(adminKubeconfig);
    writeServerFiles();
    etcd = startEtcd();
  }

  /** The folder of the programs; empty where one of them is missing. */
  public static Optional<Path> assets() {
    return Assets.folder();
  }

  /** Starts one that is ready when this returns. */
  public static ApiServer start() {
    return start(false);
  }

  /** Starts one that also writes each request to {@link #auditLog}. */
  public static ApiServer startWithAudit() {
    return start(true);
  }

  private static ApiServer start(boolean audited) {
    ApiServer server = new ApiServer(audited);
    try {
      server.startApiServer();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Where it listens, such as {@code https://127.0.0.1:40001}. */
  public String url() {
    return "https://127.0.0.1:" + ports.server();
  }

  /** A client that may do everything. It is closed with the server. */
  public KubernetesClient client() {
    return client;
  }

  /** A client as whom a kubeconfig says; the caller closes it. */
  public static KubernetesClient client(Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    // A server that is not there is told at once: whoever waits for it polls.
    config.setRequestRetryBackoffLimit(0);
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  /** The file of a user who may do everything, by a certificate with an RSA key. */
  public Path adminKubeconfig() {
    return adminKubeconfig;
  }

  /** The file of a user who may do everything, by a certificate with an EC key, as k3s has it. */
  public Path adminKubeconfigWithEcKey() {
    return admin("admin-ec.kubeconfig", certificates.ecClient("admin", "system:masters"));
  }

  /** The file of a service account that exists, by a token of a day: tests do not renew it. */
  public Path serviceAccountKubeconfig(String namespace, String name) {
    return serviceAccountKubeconfig(namespace, name, new TokenRequestBuilder());
  }

  /**
   * The same for a token that is bound to a pod: where that pod has a node, the token names it, as
   * the kubelet's do.
   */
  public Path serviceAccountKubeconfig(String namespace, String name, String pod) {
    String uid =
        client.pods().inNamespace(namespace).withName(pod).require().getMetadata().getUid();
    return serviceAccountKubeconfig(
        namespace,
        name,
        new TokenRequestBuilder()
            .withNewSpec()
            .withNewBoundObjectRef("v1", "Pod", pod, uid)
            .endSpec());
  }

  /** The same by way of a proxy. */
  public Path serviceAccountKubeconfig(String namespace, String name, ApiProxy proxy) {
    return write(
        namespace + "-" + name + "-proxied.kubeconfig",
        Kubeconfig.ofPlain(proxy.url(), token(namespace, name, new TokenRequestBuilder())));
  }

  private Path serviceAccountKubeconfig(
      String namespace, String name, TokenRequestBuilder request) {
    String token = token(namespace, name, request);
    String text = Kubeconfig.withToken(url(), Certificates.pem(certificates.authority()), token);
    return write(namespace + "-" + name + ".kubeconfig", text);
  }

  private String token(String namespace, String name, TokenRequestBuilder request) {
    return client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(name)
        .tokenRequest(
            request
                .editOrNewSpec()
                .withExpirationSeconds(Duration.ofDays(1).toSeconds())
                .endSpec()
                .build())
        .getStatus()
        .getToken();
  }

  /** Runs kubectl as one who may do everything. */
  public KubectlResult kubectl(String... arguments) {
    return kubectl.run(adminKubeconfig, "", List.of(arguments));
  }

  /** The same, with a text that it reads where the arguments say {@code -f -}. */
  public KubectlResult kubectlWithInput(String input, String... arguments) {
    return kubectl.run(adminKubeconfig, input, List.of(arguments));
  }

  /** Applies files and waits until the definitions in them are served. */
  public void install(Path... files) {
    List<HasMetadata> items = new ArrayList<>();
    for (Path file : files) {
      try (var in = Files.newInputStream(file)) {
        items.addAll(client.load(in).items());
      } catch (IOException e) {
        throw new UncheckedIOException("read " + file, e);
      }
    }
    for (HasMetadata item : items) {
      client.resource(item).forceConflicts().serverSideApply();
    }
    for (HasMetadata item : items) {
      if (item instanceof CustomResourceDefinition definition) {
        awaitServed(definition);
      }
    }
  }

  /** Established comes a moment before the paths answer, and before kubectl is told of it. */
  private void awaitServed(CustomResourceDefinition definition) {
    var names = definition.getSpec();
    var context =
        new ResourceDefinitionContext.Builder()
            .withGroup(names.getGroup())
            .withVersion(names.getVersions().getFirst().getName())
            .withKind(names.getNames().getKind())
            .withPlural(names.getNames().getPlural())
            .withNamespaced(names.getScope().equals("Namespaced"))
            .build();
    await("serving " + definition.getMetadata().getName())
        .atMost(PATIENCE)
        .pollInterval(INTERVAL)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> {
          client.genericKubernetesResources(context).inAnyNamespace().list();
          return isListed(context);
        });
  }

  private boolean isListed(ResourceDefinitionContext context) {
    APIResourceList listed =
        client.getApiResources(context.getGroup() + "/" + context.getVersion());
    return listed != null
        && listed.getResources().stream()
            .anyMatch(resource -> resource.getName().equals(context.getPlural()));
  }

  /** The file that each request is written to, as a line of JSON (audit.k8s.io/v1, Event). */
  public Path auditLog() {
    if (!audited) {
      throw new IllegalStateException("this server keeps no audit log; start it with one");
    }
    return folder.resolve("audit.log");
  }

  /** Processor time of kube-apiserver, since it was started last, and of etcd. */
  public Duration cpu() {
    return server == null ? etcd.cpu() : etcd.cpu().plus(server.cpu());
  }

  /** Kills the server as if its machine had failed; etcd stays. */
  public void stopApiServer() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  /** Starts the server on what etcd has, at the same address, and waits until it is ready. */
  public void startApiServer() {
    if (server != null) {
      throw new IllegalStateException("it is running; stop it first");
    }
    ServerProcess started =
        ServerProcess.start(serverCommand(), folder.resolve("kube-apiserver.log"));
    server = started;
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(INTERVAL)
          .until(() -> !started.isRunning() || isReady());
    } catch (ConditionTimeoutException e) {
      throw started.failure("is not ready after " + PATIENCE);
    }
    if (!started.isRunning()) {
      throw started.failure("did not start");
    }
  }

  /** Its own word, and the namespaces that it creates by itself a moment later. */
  private boolean isReady() {
    try {
      return "ok".equals(client.raw("/readyz"))
          && client.namespaces().withName("kube-system").get() != null
          && client.namespaces().withName("default").get() != null;
    } catch (KubernetesClientException e) {
      // Not listening yet, or it says which of its parts is not ready.
      return false;
    }
  }

  @Override
  public void close() {
    client.close();
    stopApiServer();
    etcd.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("remove " + folder, e);
    }
  }

  private ServerProcess startEtcd() {
    String clients = "http://127.0.0.1:" + ports.etcd();
    String peers = "http://127.0.0.1:" + ports.etcdPeers();
    // It need not outlive a power cut, so it does not wait for the disk.
    return ServerProcess.start(
        List.of(
            assets.resolve("etcd").toString(),
            "--data-dir=" + folder.resolve("etcd"),
            "--listen-client-urls=" + clients,
            "--advertise-client-urls=" + clients,
            "--listen-peer-urls=" + peers,
            "--initial-advertise-peer-urls=" + peers,
            "--initial-cluster=default=" + peers,
            "--unsafe-no-fsync"),
        folder.resolve("etcd.log"));
  }

  private void writeServerFiles() {
    Certificates.Identity identity = certificates.server();
    write("server.crt", identity.certificate());
    write("server.key", identity.key());
    write("authority.crt", Certificates.pem(certificates.authority()));
    write("tokens.key", Certificates.tokenKey());
    write("audit-policy.yaml", AUDIT_POLICY);
  }

  private List<String> serverCommand() {
    List<String> command =
        new ArrayList<>(
            List.of(
                assets.resolve("kube-apiserver").toString(),
                "--etcd-servers=http://127.0.0.1:" + ports.etcd(),
                "--bind-address=127.0.0.1",
                "--secure-port=" + ports.server(),
                // A machine without a default route has no address of its own to tell others, and
                // loopback is none that an Endpoints object may have.
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                "--tls-cert-file=" + folder.resolve("server.crt"),
                "--tls-private-key-file=" + folder.resolve("server.key"),
                "--client-ca-file=" + folder.resolve("authority.crt"),
                "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-signing-key-file=" + folder.resolve("tokens.key"),
                "--service-account-key-file=" + folder.resolve("tokens.key"),
                "--service-cluster-ip-range=10.96.0.0/16",
                "--allow-privileged"));
    if (audited) {
      command.add("--audit-policy-file=" + folder.resolve("audit-policy.yaml"));
      command.add("--audit-log-path=" + folder.resolve("audit.log"));
    }
    return command;
  }

  private Path admin(String file, Certificates.Identity identity) {
    String authority = Certificates.pem(certificates.authority());
    return write(file, Kubeconfig.withCertificate(url(), authority, identity));
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException("write " + name, e);
    }
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("netattach-apiserver");
    } catch (IOException e) {
      throw new UncheckedIOException("make a folder for the API server", e);
    }
  }

  /** Ports that are free now, held open together so that they differ. */
  private record Ports(int server, int etcd, int etcdPeers) {

    static Ports free() {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocket server = new ServerSocket(0, 1, loopback);
          ServerSocket etcd = new ServerSocket(0, 1, loopback);
          ServerSocket peers = new ServerSocket(0, 1, loopback)) {
        return new Ports(server.getLocalPort(), etcd.getLocalPort(), peers.getLocalPort());
      } catch (IOException e) {
        throw new UncheckedIOException("find a free port", e);
      }
    }
  }
}
