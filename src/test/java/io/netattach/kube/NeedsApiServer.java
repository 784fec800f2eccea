package io.netattach.kube;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A test that needs a real API server. Where its programs are missing, it is skipped with a
 * sentence that says so.
 *
 * <p>A parameter of type {@link ApiServer} is one that all such tests share, with whatever others
 * have put into it; it ends with the last of them. A test that stops the server, or counts what is
 * in it, starts one of its own.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("apiserver")
@ExtendWith(NeedsApiServer.Extension.class)
public @interface NeedsApiServer {

  /** Skips the test, or gives it the server. */
  final class Extension implements ExecutionCondition, ParameterResolver {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return Assets.missing()
          .map(ConditionEvaluationResult::disabled)
          .orElseGet(() -> ConditionEvaluationResult.enabled("its programs are there"));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ApiServer.class;
    }

    /** The root store closes what it holds when the last test has run. */
    @Override
    public ApiServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(NeedsApiServer.class))
          .computeIfAbsent(ApiServer.class, key -> ApiServer.start(), ApiServer.class);
    }
  }
}
