package io.netattach;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.NullMarked;

/** What the rooms of the code may know: imports go downward only. */
@AnalyzeClasses(packages = "io.netattach", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String NETLINK = "io.netattach.netlink..";
  private static final String CNI = "io.netattach.cni..";
  private static final String CRI = "io.netattach.cri..";
  private static final String ATTACH = "io.netattach.attach..";
  private static final String BRIDGE = "io.netattach.bridge..";
  private static final String API = "io.netattach.api..";
  private static final String KUBE = "io.netattach.kube..";
  private static final String POOL = "io.netattach.pool..";
  private static final String AGENT = "io.netattach.agent..";
  private static final String CONTROLLER = "io.netattach.controller..";
  private static final String CLUSTER = "io.netattach.cluster..";
  private static final String CLI = "io.netattach.cli..";
  private static final String LAUNCH = "io.netattach.launch..";

  @ArchTest
  static final ArchRule theNetlinkLibraryKnowsTheJdkAndJnaOnly =
      classes()
          .that()
          .resideInAPackage(NETLINK)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              NETLINK, "java..", "com.sun.jna..", "inet.ipaddr..", "org.jspecify..");

  @ArchTest
  static final ArchRule theCniRoomKnowsNetlinkAndJacksonOnly =
      classes()
          .that()
          .resideInAPackage(CNI)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              CNI,
              NETLINK,
              "java..",
              "com.fasterxml.jackson.core..",
              "com.fasterxml.jackson.databind..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule theRuntimesRoomKnowsGrpcAndJacksonOnly =
      classes()
          .that()
          .resideInAPackage(CRI)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              CRI,
              "runtime.v1..",
              "java..",
              "io.grpc..",
              // What gRPC works on.
              "io.netty..",
              "com.google.protobuf..",
              "com.fasterxml.jackson.core..",
              "com.fasterxml.jackson.databind..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule theEngineKnowsTheJdkAndNetlinkOnly =
      classes()
          .that()
          .resideInAPackage(ATTACH)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(ATTACH, NETLINK, "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule theBridgesKnowTheEngineAndNetlinkOnly =
      classes()
          .that()
          .resideInAPackage(BRIDGE)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(BRIDGE, ATTACH, NETLINK, "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule theResourcesKnowNoOtherRoom =
      classes()
          .that()
          .resideInAPackage(API)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              API, "java..", "io.fabric8..", "com.fasterxml.jackson..", "org.jspecify..");

  @ArchTest
  static final ArchRule theCommonGroundKnowsResourcesOnly =
      noClasses()
          .that()
          .resideInAPackage(KUBE)
          .should()
          .dependOnClassesThat(areOursOutside(KUBE, API));

  @ArchTest
  static final ArchRule theAgentKnowsResourcesRuntimeAndEngine =
      noClasses()
          .that()
          .resideInAPackage(AGENT)
          .should()
          .dependOnClassesThat(areOursOutside(AGENT, KUBE, API, BRIDGE, CRI, ATTACH, NETLINK));

  @ArchTest
  static final ArchRule poolsKnowResourcesOnly =
      noClasses()
          .that()
          .resideInAPackage(POOL)
          .should()
          .dependOnClassesThat(areOursOutside(POOL, KUBE, API));

  @ArchTest
  static final ArchRule theControllerKnowsResourcesAndPoolsOnly =
      noClasses()
          .that()
          .resideInAPackage(CONTROLLER)
          .should()
          .dependOnClassesThat(areOursOutside(CONTROLLER, POOL, KUBE, API));

  @ArchTest
  static final ArchRule whatIsDoneToAClusterKnowsResourcesOnly =
      noClasses()
          .that()
          .resideInAPackage(CLUSTER)
          .should()
          .dependOnClassesThat(areOursOutside(CLUSTER, KUBE, API));

  @ArchTest
  static final ArchRule whatIsStartedBeforeTheProgramIsOnItsOwn =
      classes()
          .that()
          .resideInAPackage(LAUNCH)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              LAUNCH, "java..", "com.sun.jna..", "io.quarkus.bootstrap.runner..", "org.jspecify..");

  @ArchTest
  static final ArchRule nobodyKnowsTheCommandLine =
      noClasses()
          .that(resideOutsideOfPackage(CLI))
          .should()
          .dependOnClassesThat(resideInAPackage(CLI));

  @ArchTest
  static final ArchRule noPackagesDependOnEachOtherInACircle =
      slices().matching("io.netattach.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule noOtherProgramIsStarted =
      noClasses()
          .should()
          .dependOnClassesThat()
          .areAssignableTo(ProcessBuilder.class)
          .orShould()
          .callMethodWhere(target(owner(name(Runtime.class.getName()))).and(target(name("exec"))));

  /** The clock of a node may jump: what waits counts from when it began to. */
  @ArchTest
  static final ArchRule noDelayGoesByTheTimeOfDay =
      noClasses()
          .that()
          .resideInAnyPackage(NETLINK, ATTACH, BRIDGE)
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class)
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now");

  @ArchTest
  static final ArchRule everyPackageIsNullMarked = classes().should(liveInANullMarkedPackage());

  private static DescribedPredicate<JavaClass> areOursOutside(String... packages) {
    return resideInAPackage("io.netattach..")
        .and(DescribedPredicate.not(resideInAnyPackage(packages)));
  }

  private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
    return ArchCondition.from(
        DescribedPredicate.describe(
            "live in a package whose package-info says @NullMarked",
            type -> type.getPackage().isAnnotatedWith(NullMarked.class)));
  }
}
