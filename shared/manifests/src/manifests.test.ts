import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkDocument, pathText } from "./check.ts";
import { kindNames, type Manifest } from "./kinds.ts";
import { readDocuments } from "./read-documents.ts";

const examples = readFileSync(new URL("./fixtures/examples.yaml", import.meta.url), "utf8");

function manifestsOf(text: string): Manifest[] {
  expect(problemsOf(text)).toEqual([]);
  const checked = readDocuments(text, "test.yaml").documents.flatMap(({ value }) => checkDocument(value));
  return checked.flatMap((each) => (each.outcome === "manifest" ? [each.manifest] : []));
}

/** `file:line path: message` of everything that is wrong with a text. */
function problemsOf(text: string): string[] {
  const { documents, problems } = readDocuments(text, "test.yaml");
  return [
    ...problems.map(({ where, message }) => `${where} ${message}`),
    ...documents.flatMap(({ value, locate }) =>
      checkDocument(value).flatMap((checked) =>
        checked.outcome === "refused"
          ? checked.problems.map(({ path, message }) => `${locate(path)} ${pathText(path)}: ${message}`)
          : [],
      ),
    ),
  ];
}

/** A deployment whose template's spec is the given lines. */
function deployment(spec: string): string {
  const indented = spec.replaceAll(/^/gm, "      ");
  return `apiVersion: runtime.wasmcloud.dev/v1alpha1\nkind: WorkloadDeployment\nmetadata:\n  name: a\nspec:\n  template:\n    spec:\n${indented}\n`;
}
const component = "components:\n  - name: c\n    image: r.example/c:1\n";

describe("a manifest of wasmCloud's", () => {
  test("is taken as it is, whatever documented fields it has", () => {
    const manifests = manifestsOf(examples);
    expect(manifests.length).toBe(12);
    expect(new Set(manifests.map(({ kind }) => kind))).toEqual(new Set(kindNames));
  });

  test("gets the documented defaults and nothing else", () => {
    const [first] = manifestsOf(deployment(component));
    expect(first).toEqual({
      apiVersion: "runtime.wasmcloud.dev/v1alpha1",
      kind: "WorkloadDeployment",
      metadata: { name: "a", namespace: "default", labels: {}, annotations: {} },
      spec: {
        replicas: 1,
        deployPolicy: "RollingUpdate",
        artifacts: [],
        template: {
          labels: {},
          annotations: {},
          spec: { components: [{ name: "c", image: "r.example/c:1" }], hostInterfaces: [], volumes: [] },
        },
      },
    });
  });

  test("keeps labels of a template wherever they stand", () => {
    const text = deployment(component).replace(
      "template:\n",
      "template:\n    labels: {a: one}\n    metadata: {labels: {a: two, b: two}}\n",
    );
    expect(manifestsOf(text)[0]).toMatchObject({ spec: { template: { labels: { a: "one", b: "two" } } } });
  });

  test("may come out of a Kubernetes server: what that wrote is dropped", () => {
    const text = deployment(component).replace(
      "  name: a\n",
      "  name: a\n  uid: 5e\n  resourceVersion: '7'\n  managedFields: [{manager: kubectl}]\n  creationTimestamp: null\n",
    );
    const [manifest] = manifestsOf(`${text}status:\n  replicas: {ready: 1}\n`);
    expect(manifest?.metadata).toEqual({ name: "a", namespace: "default", labels: {}, annotations: {} });
    expect(manifest).not.toHaveProperty("status");
  });

  test("is kept without kubectl's copy of it, which holds the values of a Secret in plain", () => {
    const copy = "kubectl.kubernetes.io/last-applied-configuration";
    const [checked] = checkDocument({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", annotations: { team: "shop", [copy]: '{"stringData":{"PASSWORD":"swordfish"}}' } },
      stringData: { PASSWORD: "swordfish" },
    });
    expect(checked).toMatchObject({ outcome: "manifest" });
    expect(checked).toHaveProperty("manifest.metadata.annotations", { team: "shop" });
  });

  test("may be a list of others", () => {
    const item = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { A: "1" } };
    const checked = checkDocument({ apiVersion: "v1", kind: "List", items: [item, { ...item, data: { A: 1 } }] });
    expect(checked.map(({ outcome }) => outcome)).toEqual(["manifest", "refused"]);
    expect(checked[1]).toMatchObject({ problems: [{ path: ["items", 1, "data", "A"] }] });
  });

  test("that holds a Secret gives its values as text", () => {
    const secret = manifestsOf(examples).find(
      ({ kind, metadata }) => kind === "Secret" && metadata.name === "report-database",
    );
    expect(secret).toMatchObject({ type: "Opaque", data: { PASSWORD: "swordfish", USER: "reports" } });
    expect(secret).not.toHaveProperty("stringData");
  });

  test("of Kubernetes that has nothing to do here is passed over with the reason", () => {
    expect(checkDocument({ apiVersion: "v1", kind: "Service", metadata: { name: "s" } })).toEqual([
      { outcome: "passed over", name: "Service default/s", reason: expect.stringContaining("Host header") },
    ]);
  });
});

describe("a refusal says file, line, path, what and what to do", () => {
  test.for<[string, string, string]>([
    [
      "an unknown field",
      deployment(component).replace("spec:\n  template", "spec:\n  replica: 3\n  template"),
      'test.yaml:6 spec.replica: unknown field; did you mean "replicas"?',
    ],
    [
      "an unknown field far from all others",
      deployment(`${component}zzz: 1`),
      "test.yaml:11 spec.template.spec.zzz: unknown field; known here: hostSelector, hostId, environment, components, hostInterfaces, service, volumes, kubernetes, isolation",
    ],
    [
      "a misspelt field in a list",
      deployment("components:\n  - name: c\n    imagePulPolicy: Always\n    image: r.example/c:1\n"),
      'test.yaml:10 spec.template.spec.components[0].imagePulPolicy: unknown field; did you mean "imagePullPolicy"?',
    ],
    [
      "a missing field",
      deployment("components:\n  - name: c\n"),
      "test.yaml:9 spec.template.spec.components[0].image: missing: this field is required",
    ],
    [
      "a number where Kubernetes wants a string",
      deployment(`${component}    localResources:\n      environment:\n        config:\n          PORT: 80\n`),
      "test.yaml:14 spec.template.spec.components[0].localResources.environment.config.PORT: must be a string: put the value in quotes",
    ],
    [
      "a policy that is none",
      deployment(component).replace("spec:\n  template", "spec:\n  deployPolicy: Rolling\n  template"),
      'test.yaml:6 spec.deployPolicy: expected one of "RollingUpdate"|"Recreate"',
    ],
    [
      "a workload of nothing",
      deployment("hostSelector: {}"),
      "test.yaml:7 spec.template.spec.components: nothing to run: name at least one component or a service",
    ],
    [
      "a mount of a volume that is not there",
      deployment(
        `${component}    localResources:\n      volumeMounts: [{name: dat, mountPath: /d}]\nvolumes: [{name: data, ephemeral: {}}]\n`,
      ),
      'test.yaml:12 spec.template.spec.components[0].localResources.volumeMounts[0].name: no volume of the workload has this name; did you mean "data"?',
    ],
    [
      "a volume of two sorts",
      deployment(`${component}volumes: [{name: v, ephemeral: {}, hostPath: {path: /x}}]\n`),
      "test.yaml:11 spec.template.spec.volumes[0]: a volume is either `ephemeral: {}` or `hostPath: { path: ... }`",
    ],
    [
      "two unnamed interfaces of one package",
      deployment(
        `${component}hostInterfaces:\n  - {namespace: wasi, package: keyvalue, interfaces: [store]}\n  - {namespace: wasi, package: keyvalue, interfaces: [batch]}\n`,
      ),
      "test.yaml:13 spec.template.spec.hostInterfaces[1].name: a second wasi:keyvalue needs a name of its own: several backends of one package are told apart by name",
    ],
    [
      "an allowed host with a path",
      deployment(`${component}    localResources:\n      allowedHosts: ["https://a.example/x"]\n`),
      'test.yaml:12 spec.template.spec.components[0].localResources.allowedHosts[0]: a host such as "api.example.com", "*.example.com" or "host:8443", without a path',
    ],
    [
      "an artifact for no component",
      deployment(component).replace(
        "spec:\n  template",
        "spec:\n  artifacts: [{name: x, artifactFrom: {name: y}}]\n  template",
      ),
      "test.yaml:6 spec.artifacts[0].name: no component of the template has this name; known here: c",
    ],
    [
      "a bad name",
      deployment(component).replace("name: a", "name: A_b"),
      "test.yaml:4 metadata.name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
    ],
    [
      "an unknown kind",
      "apiVersion: v1\nkind: ConfigMop\n",
      'test.yaml:2 kind: unknown kind "ConfigMop"; did you mean "ConfigMap"?',
    ],
    ["a kind of another version", "apiVersion: v2\nkind: Secret\n", "test.yaml:1 apiVersion: Secret is of v1, not v2"],
    [
      "containers",
      "apiVersion: apps/v1\nkind: Deployment\n",
      "test.yaml:2 kind: containers do not run here: a WorkloadDeployment runs WebAssembly components",
    ],
    [
      "secret data that is not base64",
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {A: 'not base64!'}\n",
      "test.yaml:4 data.A: must be base64; plain text goes under stringData",
    ],
    ["what is no object", "- a\n", "test.yaml:1 : not an object: a manifest has apiVersion, kind, metadata and spec"],
    ["two keys of one name", "a: 1\na: 2\n", "test.yaml:2 not YAML: Map keys must be unique"],
  ])("%s", ([, text, problem]) => {
    expect(problemsOf(text)).toContain(problem);
  });

  test("every problem of a document at once, each at its own line", () => {
    const text = deployment("components:\n  - name: c\n    imag: r\n  - nam: d\n    image: r.example/c:1\n");
    expect(problemsOf(text).length).toBe(4);
  });
});

describe("reading", () => {
  test("leaves empty documents out and counts lines over all of them", () => {
    const text = `---\n# nothing\n---\n${deployment(component)}---\napiVersion: v1\nkind: Secret\nmetadata: {nam: s}\n`;
    expect(problemsOf(text)).toContain('test.yaml:18 metadata.nam: unknown field; did you mean "name"?');
  });

  test("takes JSON, anchors and merge keys", () => {
    const json = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "j" } });
    const merged = "apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: k}\n";
    expect(manifestsOf(`${json}\n---\n${merged}`).map(({ metadata }) => metadata.name)).toEqual(["j", "k"]);
    const anchored = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k, labels: &l {a: b}, annotations: {<<: *l}}\n";
    expect(manifestsOf(anchored)[0]?.metadata.annotations).toEqual({ a: "b" });
  });

  test("refuses aliases that grow without bounds, deep nesting and huge files in words", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(10)}]\nc: &c [${"*b,".repeat(10)}]\nd: [${"*c,".repeat(10)}]\n`;
    expect(problemsOf(bomb)[0]).toContain("cannot be read");
    expect(problemsOf("[".repeat(10_000))[0]).toContain("test.yaml");
    expect(problemsOf("a".repeat(9 * 1024 * 1024))[0]).toContain("8 MiB");
  });
});
