.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build run check test fmt crds clean

# Maven of the wrapper; where it cannot be downloaded, one on the PATH. Its own chatter is left out, its
# warnings stay.
maven = JAVA_HOME=$$(src/main/sh/jdk) && export JAVA_HOME && \
	{ ./mvnw --version >/dev/null 2>&1 && maven=./mvnw || maven=mvn; } && $$maven -B -ntp \
	-Dorg.slf4j.simpleLogger.defaultLogLevel=warn

results = -Dorg.slf4j.simpleLogger.log.org.apache.maven.plugin.surefire=info

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r target text; do \
		printf 'make %-6s %s\n' "$$target" "$$text"; done

build: target/netattach ## build target/netattach, without tests

run: build ## show what it does, in a sandbox: nothing of this machine is changed
	@src/main/sh/sandbox target/netattach demo --node worker-1 k8s/samples

check: ## check the format, compile, and run the tests that need no kernel
	@$(maven) $(results) test -DexcludedGroups=kernel

test: ## run every check and test, and package
	@$(maven) $(results) verify

fmt: ## format the Java sources
	@$(maven) spotless:apply

crds: ## write the resource definitions, in k8s and in the chart, from the Java types
	@$(maven) test -Dtest=DefinitionFilesTest -Dnetattach.crds=write

clean: ## remove what was built
	@rm -rf target

# Folders count too: their time changes when a file in them is removed.
target/netattach: pom.xml $(shell find src/main)
	@$(maven) package -DskipTests -Dspotless.check.skip
	@cp src/main/sh/jdk target/jdk
	@sed "s|@JAVA_HOME@|$$(src/main/sh/jdk)|" src/main/sh/netattach >$@
	@chmod +x $@
