package io.netattach.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jboss.logging.MDC;

/**
 * What the log lines of this thread are about, until it is closed: for logs that programs read. The
 * lines for people name it themselves.
 */
public final class LogContext implements AutoCloseable {
  private static final String ATTACHMENT = "attachment";
  private static final String SET = "set";

  private final String key;

  private LogContext(String key, String namespace, String name) {
    this.key = key;
    MDC.put(key, namespace + "/" + name);
  }

  public static LogContext attachment(HasMetadata resource) {
    return attachment(resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  public static LogContext attachment(String namespace, String name) {
    return new LogContext(ATTACHMENT, namespace, name);
  }

  public static LogContext set(HasMetadata resource) {
    return new LogContext(
        SET, resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  @Override
  public void close() {
    MDC.remove(key);
  }
}
