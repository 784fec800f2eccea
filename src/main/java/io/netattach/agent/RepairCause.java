package io.netattach.agent;

import io.netattach.attach.Step;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What somebody had changed, told by the steps that put it right. */
enum RepairCause {
  /** The target namespace was gone. */
  NAMESPACE,
  /** The pair was gone. */
  LINK,
  /** An end had another name. */
  NAME,
  MAC,
  MTU,
  /** What tells that it is ours: alias, group, a namespace's mark. */
  MARK,
  /** The bridge, a setting of its port, or its VLANs. */
  BRIDGE,
  /** A link was down. */
  STATE,
  SETTING,
  ADDRESS,
  ROUTE;

  /** As a label has it. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All that had been changed; what went along with a namespace or a pair is not told beside. */
  static Set<RepairCause> of(List<Step> steps) {
    Set<RepairCause> causes = EnumSet.noneOf(RepairCause.class);
    steps.forEach(step -> causes.add(of(step)));
    for (RepairCause whole : List.of(NAMESPACE, LINK)) {
      if (causes.contains(whole)) {
        return Set.of(whole);
      }
    }
    return causes;
  }

  private static RepairCause of(Step step) {
    return switch (step) {
      case Step.CreateNetns s -> NAMESPACE;
      case Step.DeleteNetns s -> NAMESPACE;
      case Step.MarkNetns s -> MARK;
      case Step.LoopbackUp s -> STATE;
      case Step.CreateVeth s -> LINK;
      case Step.DeleteVeth s -> LINK;
      case Step.Rename s -> NAME;
      case Step.SetMac s -> MAC;
      case Step.SetMtu s -> MTU;
      case Step.SetAlias s -> MARK;
      case Step.ClearGroup s -> MARK;
      case Step.SetBridge s -> BRIDGE;
      case Step.SetHairpin s -> BRIDGE;
      case Step.SetIsolated s -> BRIDGE;
      case Step.AddVlan s -> BRIDGE;
      case Step.RemoveVlan s -> BRIDGE;
      case Step.SetSysctl s -> SETTING;
      case Step.SetUp s -> STATE;
      case Step.AddAddress s -> ADDRESS;
      case Step.PromoteSecondaries s -> ADDRESS;
      case Step.RemoveAddress s -> ADDRESS;
      case Step.AddRoute s -> ROUTE;
      case Step.RemoveRoute s -> ROUTE;
    };
  }
}
