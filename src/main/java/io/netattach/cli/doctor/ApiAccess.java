package io.netattach.cli.doctor;

import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ClientKey;
import io.netattach.kube.KubeconfigFiles;
import io.netattach.kube.StartFailure;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the API server that an agent would use is there, and lets it do its work. */
public final class ApiAccess {
  private static final String SUBJECT = "API server";
  private static final String NODE_FIELD = "spec.nodeName";
  private static final Path TOKEN = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

  /** A node that answers slower has other troubles. Milliseconds. */
  private static final int TIMEOUT = 5_000;

  private final KubernetesClient client;
  private final String node;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * What an agent does.
   *
   * @param group empty for the core group
   * @param resource with the subresource behind a slash
   * @param namespace empty for all
   * @param name empty for all
   * @param without what follows where it is not allowed; empty where nothing works then
   */
  public record Right(
      String group,
      String resource,
      String namespace,
      String name,
      List<String> verbs,
      String without) {}

  private ApiAccess(KubernetesClient client, String node) {
    this.client = client;
    this.node = node;
  }

  /**
   * All that an agent does.
   *
   * @param namespace that its Lease is in
   */
  public static List<Right> rights(String namespace) {
    return List.of(
        new Right(
            "netattach.io",
            "networkattachments",
            "",
            "",
            List.of("get", "list", "watch", "patch"),
            ""),
        new Right("netattach.io", "networkattachments/status", "", "", List.of("patch"), ""),
        new Right("", "namespaces", "", "kube-system", List.of("get"), ""),
        new Right(
            "coordination.k8s.io",
            "leases",
            namespace,
            "",
            List.of("create", "get", "update"),
            "the controller takes this node for silent"),
        new Right(
            "coordination.k8s.io",
            "leases",
            namespace,
            "",
            List.of("list"),
            "tunnels of bridges do not learn the addresses of other nodes"),
        new Right(
            "networking.k8s.io",
            "servicecidrs",
            "",
            "",
            List.of("list"),
            "of the cluster's service networks only the API server's own address is kept free"),
        new Right(
            "", "events", "", "", List.of("create"), "kubectl get events tells of no attachment"));
  }

  static List<Finding> look(String node, String namespace) {
    String kubeconfig = System.getenv("KUBECONFIG");
    boolean isTold = kubeconfig != null && !kubeconfig.isEmpty();
    if (!isTold && !Files.exists(TOKEN)) {
      return List.of(
          Finding.unknown(
              SUBJECT,
              "none is asked, for there is neither $KUBECONFIG nor a pod's service account",
              "set KUBECONFIG to ask as an agent that uses it; other commands need no API server"));
    }
    Optional<KubeconfigFiles.Fault> fault = KubeconfigFiles.fault(kubeconfig);
    if (fault.isPresent()) {
      return List.of(
          Finding.missing(
              SUBJECT,
              "none is asked: " + fault.get().what(),
              "an agent here does not start",
              fault.get().remedy()));
    }
    // Otherwise the JVM warns on standard error of how netty gets its memory.
    System.setProperty("io.netty.noUnsafe", "true");
    try {
      Config config =
          new ConfigBuilder()
              .withConnectionTimeout(TIMEOUT)
              .withRequestTimeout(TIMEOUT)
              .withRequestRetryBackoffLimit(0)
              .build();
      new ClientKey().customize(config);
      try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
        ApiAccess access = new ApiAccess(client, node);
        access.ask(namespace, config.getMasterUrl());
        return access.findings;
      }
    } catch (KubernetesClientException e) {
      return List.of(
          Finding.missing(
              SUBJECT,
              StartFailure.sentence(e, "user"),
              "an agent here waits until it can",
              "look at its address, certificates and token, and at the way there"));
    }
  }

  private void ask(String namespace, String url) {
    for (Right right : rights(namespace)) {
      List<String> denied = right.verbs().stream().filter(verb -> !isAllowed(right, verb)).toList();
      if (!denied.isEmpty()) {
        findings.add(denied(right, denied));
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.ok(
              SUBJECT,
              "the API server at "
                  + url
                  + " answers, and allows this user all that an agent does"));
      definitions();
    }
  }

  private boolean isAllowed(Right right, String verb) {
    String[] resource = right.resource().split("/", -1);
    SelfSubjectAccessReview review =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withGroup(right.group())
            .withResource(resource[0])
            .withSubresource(resource.length > 1 ? resource[1] : null)
            .withNamespace(right.namespace().isEmpty() ? null : right.namespace())
            .withName(right.name().isEmpty() ? null : right.name())
            .withVerb(verb)
            .endResourceAttributes()
            .endSpec()
            .build();
    return Boolean.TRUE.equals(
        client
            .authorization()
            .v1()
            .selfSubjectAccessReview()
            .create(review)
            .getStatus()
            .getAllowed());
  }

  private static Finding denied(Right right, List<String> verbs) {
    String what =
        "it does not let this user "
            + String.join(", ", verbs)
            + " "
            + right.resource()
            + (right.name().isEmpty() ? "" : " " + right.name())
            + (right.namespace().isEmpty() ? "" : " in namespace " + right.namespace());
    String remedy = "apply the roles of this release (k8s/rbac.yaml, or the chart)";
    return right.without().isEmpty()
        ? Finding.missing(SUBJECT, what, "an agent cannot do its work", remedy)
        : Finding.note(SUBJECT, what, right.without(), remedy);
  }

  /** Whether it knows our resources, and how well. */
  private void definitions() {
    try {
      client
          .resources(NetworkAttachment.class)
          .inAnyNamespace()
          .withField(NODE_FIELD, node)
          .list(new ListOptionsBuilder().withLimit(1L).build());
      findings.add(Finding.ok(SUBJECT, "it selects attachments by their node"));
    } catch (KubernetesClientException e) {
      findings.add(
          switch (e.getCode()) {
            case HttpURLConnection.HTTP_NOT_FOUND ->
                Finding.missing(
                    SUBJECT,
                    "it does not know NetworkAttachments",
                    "an agent here waits until it does",
                    "apply the custom resource definitions of this release (k8s/crds)");
            case HttpURLConnection.HTTP_BAD_REQUEST ->
                Finding.note(
                    SUBJECT,
                    "it cannot select attachments by their node",
                    "the agent of each node hears of the attachments of all",
                    "bring Kubernetes to 1.31 or later and apply the definitions of this release");
            default -> throw e;
          });
    }
  }
}
