package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBuilder;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A field with a spelling mistake is ignored by most clusters, and is found here. */
class ObjectFieldsTest {
  private static final Map<String, Class<?>> TYPES =
      Stream.<Class<?>>of(
              Namespace.class,
              CustomResourceDefinition.class,
              ServiceAccount.class,
              ClusterRole.class,
              ClusterRoleBinding.class,
              Role.class,
              RoleBinding.class,
              ValidatingAdmissionPolicy.class,
              ValidatingAdmissionPolicyBinding.class,
              DaemonSet.class,
              Deployment.class,
              PodDisruptionBudget.class,
              Job.class,
              Pod.class)
          .collect(Collectors.toMap(Class::getSimpleName, type -> type));

  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .addModule(new SimpleModule().setDeserializerModifier(new WithoutAdditionalProperties()))
          .build();

  /** The client's types keep what they do not know; here it is to be a mistake. */
  private static final class WithoutAdditionalProperties extends BeanDeserializerModifier {
    private static final long serialVersionUID = 1L;

    @Override
    public BeanDeserializerBuilder updateBuilder(
        DeserializationConfig config, BeanDescription type, BeanDeserializerBuilder builder) {
      builder.setAnySetter(null);
      return builder;
    }
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void everyFieldIsOneThatKubernetesKnows(ClusterObjects objects) throws JsonProcessingException {
    for (JsonNode object : objects.all()) {
      Class<?> type = TYPES.get(object.path("kind").asText());
      assertThat(type).as("a type for %s", object.path("kind")).isNotNull();
      STRICT.treeToValue(object, type);
    }
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.HookTest#hooks")
  void everyFieldOfAHookIsOneThatKubernetesKnows(String event, String values, String name)
      throws JsonProcessingException {
    everyFieldIsOneThatKubernetesKnows(Chart.hooks(event, values));
  }

  @Test
  void anUnknownFieldWouldBeFound() {
    JsonNode agent = ClusterObjects.ofKustomization().agent();
    ((ObjectNode) agent.at("/spec/template/spec")).put("hostNetwrok", true);

    assertThatThrownBy(() -> STRICT.treeToValue(agent, DaemonSet.class))
        .isInstanceOf(UnrecognizedPropertyException.class)
        .hasMessageContaining("hostNetwrok");
  }
}
