package io.netattach.attach;

/** What became of one of many attachments that were to be removed. */
public sealed interface DetachResult {
  Identity identity();

  /** It is gone, or was. */
  record Done(Identity identity, Detached detached) implements DetachResult {}

  /** It is there, at least in part. */
  record Failed(Identity identity, AttachException failure) implements DetachResult {}
}
