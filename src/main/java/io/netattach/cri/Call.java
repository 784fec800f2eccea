package io.netattach.cri;

import com.google.protobuf.MessageLite;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import runtime.v1.ListPodSandboxRequest;
import runtime.v1.ListPodSandboxResponse;
import runtime.v1.PodSandboxStatusRequest;
import runtime.v1.PodSandboxStatusResponse;
import runtime.v1.VersionRequest;
import runtime.v1.VersionResponse;

/** What a container runtime can be asked. */
public enum Call {
  /** Who it is. */
  VERSION,
  /** Which sandboxes there are. */
  LIST,
  /** What one sandbox is like. */
  STATUS;

  static final String SERVICE = "runtime.v1.RuntimeService";

  static final MethodDescriptor<VersionRequest, VersionResponse> VERSION_METHOD =
      method("Version", VersionRequest.getDefaultInstance(), VersionResponse.getDefaultInstance());

  static final MethodDescriptor<ListPodSandboxRequest, ListPodSandboxResponse> LIST_METHOD =
      method(
          "ListPodSandbox",
          ListPodSandboxRequest.getDefaultInstance(),
          ListPodSandboxResponse.getDefaultInstance());

  static final MethodDescriptor<PodSandboxStatusRequest, PodSandboxStatusResponse> STATUS_METHOD =
      method(
          "PodSandboxStatus",
          PodSandboxStatusRequest.getDefaultInstance(),
          PodSandboxStatusResponse.getDefaultInstance());

  private static <Q extends MessageLite, A extends MessageLite> MethodDescriptor<Q, A> method(
      String name, Q request, A answer) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(ProtoLiteUtils.marshaller(request))
        .setResponseMarshaller(ProtoLiteUtils.marshaller(answer))
        .build();
  }
}
