package io.netattach.controller;

/** Why a Set is ready or not: the reasons of its condition Ready, and no others. */
enum SetReason {
  /** Every node or pod that matches has an attachment that is ready. */
  ALL_READY("AllReady"),

  /** No node matches. */
  NO_NODES("NoNodes"),

  /** No pod matches that has a node and has not ended. */
  NO_PODS("NoPods"),

  /** Attachments are being made, changed or attached. */
  PROGRESSING("Progressing"),

  /** Some attachments say that they failed. */
  FAILING("Failing"),

  /** The name of an attachment is that of another's object. */
  NAME_TAKEN("NameTaken"),

  /** What is selected can have no attachment. */
  REFUSED("Refused"),

  /** The API server refuses to make, change or delete an attachment. */
  REJECTED("Rejected");

  private final String word;

  SetReason(String word) {
    this.word = word;
  }

  /** As the API has it. */
  @Override
  public String toString() {
    return word;
  }
}
