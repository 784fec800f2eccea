package io.netattach.cli.manifest;

import static io.netattach.cli.manifest.ManifestReaderTest.MINIMAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and in which words. */
class ManifestProblemsTest {

  @Test
  void anUnknownFieldIsNamedWithItsPathAndWithWhatWasMeant() {
    assertThat(problems(MINIMAL.replace("interface: net1", "interface: net1, adresses: []")))
        .containsExactly(
            "links.yaml: line 6: spec.container.adresses: is not a known field; did you mean"
                + " addresses? Known here: interface, mac, mtu, addresses, addressPool,"
                + " routes, sysctls");
    assertThat(problems(MINIMAL.replace("name: blue", "name: blue, zone: a")))
        .containsExactly(
            "links.yaml: line 5: spec.target.netns.zone: is not a known field; known here: name,"
                + " create, reclaimPolicy");
  }

  @ParameterizedTest
  @CsvSource({
    "'metadata: {name: link}', 'metadata: {name: link, lables: {}}', metadata.lables",
    "'spec:', 'data: {}\nspec:', data",
    "'spec:', 'status: {phase: x}\nspec:', status.phase",
    "'  target:', '  hosts: {}\n  target:', spec.hosts",
    "'  target:', '  host: {bridge: {nane: x, name: y}}\n  target:', spec.host.bridge.nane",
    "'interface: net1', 'interface: net1, routes: [{to: a, gw: b}]', 'spec.container.routes[0].gw'",
    "'{netns: {name: blue}}', '{netns: {name: blue}, node: {name: x}}', spec.target.node",
    "'spec:', '<<: {a: b}\nspec:', <<",
  })
  void fieldsAreKnownOrRefusedEverywhere(String from, String to, String field) {
    assertThat(fields(MINIMAL.replace(from, to))).containsExactly(field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mtu: abc|spec.container.mtu: \"abc\" is not a number; write a whole number from 68 to 65535",
        "mtu: \"1450\"|spec.container.mtu: \"1450\" is text because of its quotes; write it without: 1450",
        "mtu: 1e3|spec.container.mtu: 1e3 is not a whole number in decimal; write a whole number from 68 to 65535",
        "mtu: 01450|spec.container.mtu: 01450 is not a whole number in decimal; write a whole number from 68 to 65535",
        "mtu: 70000|spec.container.mtu: 70000 is out of range; write a whole number from 68 to 65535",
        "mtu: 99999999999999999999999|spec.container.mtu: 99999999999999999999999 is out of range; write a whole number from 68 to 65535",
        "mtu: true|spec.container.mtu: true is a truth value, not a number; write a whole number from 68 to 65535",
        "mtu: [1]|spec.container.mtu: is a list, not a number; write a whole number from 68 to 65535",
        "mac: 12|spec.container.mac: 12 is a number, not text; write it in quotes: \"12\"",
        "mac: true|spec.container.mac: true is a truth value, not text; write it in quotes: \"true\"",
        "mac: [a]|spec.container.mac: is a list, not text; write one text",
        "addresses: 10.0.0.1/24|spec.container.addresses: \"10.0.0.1/24\" is text, not a list; write [\"10.0.0.1/24\"]",
        "addresses: {a: b}|spec.container.addresses: is a group of fields, not a list; write each entry on a line of its own that begins with \"- \"",
        "addresses: [1]|spec.container.addresses[0]: 1 is a number, not text; write it in quotes: \"1\"",
        "addresses: [a, ~]|spec.container.addresses[1]: has no value; write one or remove the entry",
        "routes: [x]|spec.container.routes[0]: \"x\" is text, not a group of fields; its fields are to, via, metric, onLink",
        "routes: [{via: a}]|spec.container.routes[0].to: is missing and has no default; write it",
        "routes: [{to: a, onLink: yes}]|spec.container.routes[0].onLink: \"yes\" is text, not true or false; write true or false without quotes",
        "routes: [{to: a, metric: 4294967296}]|spec.container.routes[0].metric: 4294967296 is out of range; write a whole number from 0 to 4294967295",
        "routes: [{to: a, metric: -1}]|spec.container.routes[0].metric: -1 is out of range; write a whole number from 0 to 4294967295",
        "sysctls: {a.b: 1}|spec.container.sysctls[\"a.b\"]: 1 is a number, not text; write it in quotes: \"1\"",
        "sysctls: {a: }|spec.container.sysctls[\"a\"]: has no value; write one or remove the entry",
        "sysctls: [a]|spec.container.sysctls: is a list; write name: value below it",
      })
  void aValueOfAnotherTypeIsRefusedWithWhatToWrite(String written, String problem) {
    assertThat(problems(MINIMAL.replace("interface: net1", "interface: net1, " + written)))
        .containsExactly("links.yaml: line 6: " + problem);
  }

  @Test
  void aTruthValueInQuotesIsText() {
    assertThat(problems(MINIMAL.replace("name: blue", "name: blue, create: \"yes\"")))
        .containsExactly(
            "links.yaml: line 5: spec.target.netns.create: \"yes\" is text, not true or false;"
                + " write true or false without quotes");
  }

  @Test
  void aWordOutsideAChoiceIsToldTheChoice() {
    assertThat(problems(MINIMAL.replace("name: blue", "name: blue, reclaimPolicy: delete")))
        .containsExactly(
            "links.yaml: line 5: spec.target.netns.reclaimPolicy: \"delete\" is not known here;"
                + " write Delete or Retain");
  }

  @Test
  void whatIsRequiredIsAskedFor() {
    assertThat(fields(MINIMAL.replace("interface: net1", "")))
        .containsExactly("spec.container.interface");
    assertThat(fields(MINIMAL.replaceAll("(?s)spec:.*", ""))).containsExactly("spec");
    assertThat(fields("a: b")).containsExactly("a", "apiVersion", "kind", "metadata", "spec");
  }

  @Test
  void aNameWrittenTwiceIsRefused() {
    assertThat(problems(MINIMAL + "spec: {}\n"))
        .containsExactly("links.yaml: line 7: spec: is there twice; remove one of the two");
    assertThat(fields(MINIMAL.replace("net1", "net1, sysctls: {a: b, a: c}")))
        .containsExactly("spec.container.sysctls[\"a\"]");
    assertThat(
            fields(
                "{\"kind\": \"List\", \"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}"))
        .containsExactly("kind");
  }

  @Test
  void anotherKindIsToldWhatIsReadHere() {
    assertThat(problems("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"))
        .containsExactly(
            "links.yaml: line 1: kind: \"ConfigMap\" is not read here; write NetworkAttachment");
    assertThat(
            problems(
                "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: []}]}"))
        .containsExactly(
            "links.yaml: items[0], line 1: kind: \"List\" is not read here; write NetworkAttachment");
  }

  @Test
  void aSetOfAnotherVersionIsToldWhichOneIsRead() {
    assertThat(problems("apiVersion: netattach.io/v1\nkind: NetworkAttachmentSet\n"))
        .containsExactly(
            "links.yaml: line 1: apiVersion: \"netattach.io/v1\" is not known here; write"
                + " netattach.io/v1alpha1");
  }

  @Test
  void anotherVersionIsToldWhichOneIsRead() {
    assertThat(problems(MINIMAL.replace("v1alpha1", "v1")))
        .containsExactly(
            "links.yaml: line 1: apiVersion: \"netattach.io/v1\" is not known here; write"
                + " netattach.io/v1alpha1");
    assertThat(problems("{apiVersion: v2, kind: List, items: []}"))
        .containsExactly("links.yaml: line 1: apiVersion: \"v2\" is not known here; write v1");
  }

  @Test
  void anAttachmentNeedsAName() {
    assertThat(fields(MINIMAL.replace("{name: link}", "{namespace: a}")))
        .containsExactly("metadata.name");
    assertThat(problems(MINIMAL.replace("{name: link}", "{generateName: a-}")))
        .containsExactly(
            "links.yaml: line 3: metadata.name: is missing; only an API server can make one from"
                + " generateName");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Link", "a_b", "-a", "a-", "a..b", ".a", "\"\"", "a.-b", "\"a\\n\"", "ä"})
  void aNameThatKubernetesDoesNotTakeIsRefused(String name) {
    assertThat(fields(MINIMAL.replace("link", name))).containsExactly("metadata.name");
  }

  @Test
  void namesHaveTheLengthThatKubernetesAllows() throws Exception {
    ManifestReader.read("links.yaml", MINIMAL.replace("link", "a".repeat(253)), note -> {});
    assertThat(fields(MINIMAL.replace("link", "a".repeat(254)))).containsExactly("metadata.name");
    String namespace = MINIMAL.replace("name: link", "name: link, namespace: " + "a".repeat(63));
    ManifestReader.read("links.yaml", namespace, note -> {});
    assertThat(fields(namespace.replace("aaa", "aaaa"))).containsExactly("metadata.namespace");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b", "Shop", "\"\"", "a-"})
  void aNamespaceThatKubernetesDoesNotTakeIsRefused(String namespace) {
    assertThat(fields(MINIMAL.replace("name: link", "name: link, namespace: " + namespace)))
        .containsExactly("metadata.namespace");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\"", "a_b", "a b", "a/b", "ä"})
  void aUidThatCannotMarkAnInterfaceIsRefused(String uid) throws Exception {
    assertThat(fields(MINIMAL.replace("name: link", "name: link, uid: " + uid)))
        .containsExactly("metadata.uid");
  }

  @Test
  void aNumberIsNoName() {
    assertThat(problems(MINIMAL.replace("link", "123")))
        .containsExactly(
            "links.yaml: line 3: metadata.name: 123 is a number, not text; write it in quotes:"
                + " \"123\"");
  }

  @Test
  void allProblemsOfAllDocumentsAreTold() {
    var text =
        MINIMAL.replace("net1", "net1, mtu: a, mac: 1")
            + "---\n"
            + MINIMAL.replace("link", "Link").replace("blue", "7")
            + "---\n- [";

    assertThat(fields(text))
        .containsExactly(
            "spec.container.mtu",
            "spec.container.mac",
            "spec.target.netns.name",
            "metadata.name",
            "");
    assertThat(sources(text))
        .containsExactly(
            "links.yaml: document 1, line 6",
            "links.yaml: document 1, line 6",
            "links.yaml: document 2, line 12",
            "links.yaml: document 2, line 10",
            "links.yaml: document 3, line 15");
  }

  @Test
  void aTextOfProblemsOnlyIsCutShort() {
    assertThat(problems("x: y\n".repeat(100_000)))
        .hasSize(101)
        .last()
        .asString()
        .contains("first 100");
  }

  @Test
  void anEmptyTextHoldsNoDocument() {
    for (String text : List.of("", "\n", "# a comment\n", "---\n---\n", "null")) {
      assertThat(problems(text))
          .containsExactly("links.yaml: holds no document; write a NetworkAttachment into it");
    }
  }

  @Test
  void aTextThatIsNoGroupOfFieldsIsNoManifest() {
    assertThat(problems("just words"))
        .containsExactly(
            "links.yaml: line 1: \"just words\" is text, not a group of fields; its fields are"
                + " apiVersion, kind, metadata, spec, status");
    assertThat(problems("[]")).hasSize(1).first().asString().contains("is a list");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`a:\n\tb: c`|2|a tab stands where only spaces may; indent with spaces",
        "`a: b: c`|1|a colon stands where none may",
        "`a:\n- b\nc`|3|a name has no colon behind it",
        "`a: \"b`|1|quotes are opened and not closed",
        "`{\"a\": 1}\n{\"b\": 2}`|2|a document ends here and another begins",
        "`a: [1, 2`|1|is not YAML",
        "`@a`|1|is not YAML",
        "`a: *b`|1|*b refers to nothing that ends before it",
        "`a: &a [*a]`|1|*a refers to nothing that ends before it",
        "`a: !!binary aGk=`|1|has the tag",
        "`a: !x {}`|1|has the tag",
        "`[a]: b`|1|has a list or a group of fields where the name of a field belongs",
        "`a: \u0001`|1|it holds a character that is not text",
      })
  void whatIsNotYamlIsToldWithItsLineInPlainWords(String text, int line, String words) {
    assertThat(exception(text).problems().getLast())
        .matches(problem -> problem.source().endsWith("line " + line))
        .asString()
        .contains(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%YAML 9.0\n---\na: b",
        "%YAML 1.99999999999999\n---\na: b",
        "\"\\U99999999\"",
        "%",
        "!%C3 a"
      })
  void anOddDirectiveOrEscapeIsNoYaml(String text) {
    assertThat(problems(text)).singleElement().asString().contains("is not YAML");
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    var e =
        catchThrowableOfType(
            ManifestException.class,
            () -> ManifestReader.read("links.yaml", new byte[] {(byte) 0xC3, 0x28}, note -> {}));

    assertThat(e).hasMessage("links.yaml: is not text in UTF-8");
  }

  @Test
  void messagesShowNoControlCharactersAndNoEndlessText() {
    assertThat(problems(MINIMAL.replace("link", "\"\\e[31m\\u202e" + "x".repeat(1000) + "\"")))
        .singleElement()
        .asString()
        .contains("\\u001b[31m\\u202e")
        .hasSizeLessThan(400);
  }

  private static List<String> problems(String text) {
    return exception(text).problems().stream().map(ManifestProblem::toString).toList();
  }

  private static List<String> fields(String text) {
    return exception(text).problems().stream().map(ManifestProblem::field).toList();
  }

  private static List<String> sources(String text) {
    return exception(text).problems().stream().map(ManifestProblem::source).toList();
  }

  private static ManifestException exception(String text) {
    return Objects.requireNonNull(
        catchThrowableOfType(
            ManifestException.class, () -> ManifestReader.read("links.yaml", text, note -> {})),
        "was read without a problem");
  }
}
