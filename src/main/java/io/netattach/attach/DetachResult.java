package io.netattach.attach;

/** What became of one of many attachments that were to be removed. */
public sealed interface DetachResult {
  Attachment attachment();

  /** It is gone, or was. */
  record Done(Attachment attachment, Detached detached) implements DetachResult {}

  /** It is there, at least in part. */
  record Failed(Attachment attachment, AttachException failure) implements DetachResult {}
}
