.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build run image push named e2e check test jmh fmt crds classes clean FORCE

# Maven of the wrapper; where it cannot be downloaded, one on the PATH. Its own chatter is left out, its
# warnings stay.
maven = JAVA_HOME=$$(src/main/sh/jdk) && export JAVA_HOME && \
	{ ./mvnw --version >/dev/null 2>&1 && maven=./mvnw || maven=mvn; } && $$maven -B -ntp \
	-Dorg.slf4j.simpleLogger.defaultLogLevel=warn

results = -Dorg.slf4j.simpleLogger.log.org.apache.maven.plugin.surefire=info

help: ## say what can be made
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r target text; do \
		printf 'make %-7s %s\n' "$$target" "$$text"; done

build: target/netattach ## build target/netattach, without tests

run: build ## show what it does, in a sandbox: nothing of this machine is changed
	@src/main/sh/sandbox target/netattach demo --node worker-1 k8s/samples

image: target/netattach-image.tar ## build target/netattach-image.tar for BASE_IMAGE=NAME|tar:FILE, without a daemon

e2e: target/netattach-image.tar ## test it all on the cluster of KUBECONFIG; E2E_LOAD='COMMAND {tar}' loads the image
	@$(maven) $(results) compiler:testCompile surefire:test -Dtest=ClusterE2E -DexcludedGroups= \
		-Dtest.jvm="$$JAVA_HOME/bin/java" -DimageName='$(IMAGE)'

check: ## check the format, compile, and run the tests that need no kernel
	@$(maven) $(results) test -DexcludedGroups='kernel | image | e2e'

test: ## run every check and test, and package
	@$(maven) $(results) verify

# Compiled twice: what runs a benchmark is made from it by a processor that no other build needs.
jmh: ## measure the netlink codec alone: time and allocation
	@$(maven) test-compile -Dspotless.check.skip
	@find target/test-classes -name '*Benchmark*.class' -delete
	@$(maven) compiler:testCompile@jmh surefire:test@default-test -Dtest=CodecBenchmark -DexcludedGroups= \
		-Dmaven.compiler.useIncrementalCompilation=false

fmt: ## format the Java sources
	@$(maven) spotless:apply

crds: ## write the resource definitions and docs/fields.md from the Java types
	@$(maven) test -Dtest=DefinitionFilesTest -Dnetattach.crds=write

# What agents and controllers load in tests that put them through what they do; the last line of a killed one is cut.
# Sorted, and without what depends on the order of a run.
classes: target/netattach ## write the list of classes that the image's archive holds, after a change of libraries
	@rm -rf target/loaded
	@mkdir -p target/loaded
	@$(maven) compiler:testCompile failsafe:integration-test failsafe:verify -Dnetattach.test.loaded=target/loaded \
		-Dit.test='AgentOnApiServerIT,AgentBridgesIT,PodTargetIT,SetIT,PodIT,PoolIT'
	@for file in target/loaded/*; do sed '$$d' "$$file"; done | \
		sed -e '/^#/d' -e '/^@cp /d' -e 's/ id: .*//' | LC_ALL=C sort -u >target/classes.list
	@test -s target/classes.list
	@{ echo '# Written by make classes: what agent and controller load.'; \
		{ cat target/classes.list; printf 'io/netattach/launch/%s\n' Capabilities Launcher; } | LC_ALL=C sort; } >src/image/classes

clean: ## remove what was built
	@rm -rf target

# Folders count too: their time changes when a file in them is removed.
target/netattach: pom.xml $(shell find src/main k8s/crds)
	@$(maven) package -DskipTests -Dspotless.check.skip
	@cp src/main/sh/jdk target/jdk
	@sed "s|@JAVA_HOME@|$$(src/main/sh/jdk)|" src/main/sh/netattach >$@
	@chmod +x $@

# What the image starts from, and needs no more of than glibc: the name of a public image, or tar:FILE for
# an archive, with which no registry is asked.
BASE_IMAGE ?= chainguard/glibc-dynamic
IMAGE ?= netattach:$(shell sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
# The commit; -dirty with changes that are in none.
revision := $(or $(shell git describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null),unknown)
# The JDK that the image's runtime is made of. Its platform is the image's.
IMAGE_JDK ?= $(shell src/main/sh/jdk 2>&1)
architecture = $$(src/image/architecture '$(IMAGE_JDK)')

target/netattach-image.tar: target/netattach target/image/asked target/image/runtime \
		$(wildcard src/image/* src/test/java/io/netattach/image/* $(patsubst tar:%,%,$(BASE_IMAGE)))
	@JAVA_HOME=$$(src/main/sh/jdk) src/image/layout target '$(BASE_IMAGE)' "$(architecture)"
	@$(maven) cyclonedx:makeBom -Dcyclonedx.verbose=false
	@$(maven) jib:buildTar -Djib.disableUpdateChecks=true -Djib.to.image='$(IMAGE)' \
		-Dimage.revision='$(revision)' \
		-Djib.from.image="$$(cat target/image/base)" -Djib.from.platforms="linux/$(architecture)"
	@$(maven) $(results) compiler:testCompile surefire:test -Dgroups=image -DexcludedGroups= -DimageName='$(IMAGE)'

# These change only when something else is asked for: then what is made of it is made anew. Of a JDK it is what
# its release file says that counts: an update's is dated as it was packed, which may be before the last build.
target/image/asked: FORCE
	@mkdir -p $(@D)
	@echo '$(BASE_IMAGE) $(IMAGE) $(IMAGE_JDK) $(revision)' | cmp -s - $@ || \
		echo '$(BASE_IMAGE) $(IMAGE) $(IMAGE_JDK) $(revision)' >$@
target/image/jdk: FORCE
	@mkdir -p $(@D)
	@src/image/architecture '$(IMAGE_JDK)' >/dev/null
	@{ echo '$(IMAGE_JDK)'; cat '$(IMAGE_JDK)/release'; } | cmp -s - $@ || \
		{ echo '$(IMAGE_JDK)'; cat '$(IMAGE_JDK)/release'; } >$@

target/image/runtime: src/image/runtime target/image/jdk
	@IMAGE_JDK='$(IMAGE_JDK)' src/image/runtime $@
	@touch $@

push: named target/netattach-image.tar target/image/push ## put the image into a registry: IMAGE=REGISTRY/NAME:TAG
	@"$$(src/main/sh/jdk)/bin/java" --sun-misc-unsafe-memory-access=allow -cp 'target/image/push/*' \
		src/image/ImagePush.java target/netattach-image.tar '$(IMAGE)'

# Told before an image is made, which takes minutes.
named:
	@case '$(IMAGE)' in */*) ;; *) \
		echo 'make push: IMAGE=$(IMAGE) names no registry; write IMAGE=REGISTRY/NAME:TAG' >&2; exit 1 ;; esac

# A directory that is there is taken as whole: it gets its name last.
target/image/push: src/image/pom.xml
	@rm -rf $@ $@.parts
	@$(maven) -f $< dependency:copy-dependencies
	@mv $@.parts $@
	@touch $@
