import { kinds } from "@holdfast/manifests";
import { expect, test } from "vitest";
import { type ArtifactRecord, type DeploymentRecord, newBase } from "./records.ts";
import { effectiveTemplate } from "./template.ts";

const apiVersion = "runtime.wasmcloud.dev/v1alpha1";

function deploymentOf(component: object): DeploymentRecord {
  const manifest = kinds.WorkloadDeployment.parse({
    apiVersion,
    kind: "WorkloadDeployment",
    metadata: { name: "app" },
    spec: {
      artifacts: [{ name: "c", artifactFrom: { name: "web" } }],
      template: { spec: { components: [{ name: "c", image: "any", ...component }] } },
    },
  });
  return { ...newBase("u", 1), manifest, pins: {} };
}

function artifactOf(image: string, found: { image: string; digest: string }): ArtifactRecord {
  const manifest = kinds.Artifact.parse({ apiVersion, kind: "Artifact", metadata: { name: "web" }, spec: { image } });
  return { ...newBase("a", 1), manifest, observed: { source: image, failure: "", checkedAtMs: 1, ...found } };
}

function templateOf(component: object, artifact: ArtifactRecord) {
  const effective = effectiveTemplate(deploymentOf(component), () => artifact);
  if ("waitingFor" in effective) throw new Error(effective.waitingFor);
  return effective.template;
}

test("an image whose name says its content replaces the component's", () => {
  const artifact = artifactOf("r.example/c:1", { image: "r.example/c@sha256:1", digest: "sha256:1" });
  const { annotations, spec } = templateOf({ imagePullPolicy: "IfNotPresent" }, artifact);
  expect(spec.components).toMatchObject([{ image: "r.example/c@sha256:1", imagePullPolicy: "IfNotPresent" }]);
  expect(annotations).toEqual({});
});

test("content under a name that may change is noted beside it, and hosts pull it anew", () => {
  const artifact = artifactOf("s3://b/c.wasm", { image: "s3://b/c.wasm", digest: "sha256:1" });
  const { annotations, spec } = templateOf({ imagePullPolicy: "IfNotPresent" }, artifact);
  expect(spec.components).toMatchObject([{ image: "s3://b/c.wasm", imagePullPolicy: "Always" }]);
  expect(annotations).toEqual({ "digest.holdfast.dev/c": "sha256:1" });
  expect(templateOf({ imagePullPolicy: "Never" }, artifact).spec.components[0]?.imagePullPolicy).toBe("Never");
  expect(templateOf({}, artifact).spec.components[0]?.imagePullPolicy).toBeUndefined();
});

test("an image that nobody could look up is left to the hosts", () => {
  const artifact = artifactOf("s3://b/c.wasm", { image: "", digest: "" });
  const { annotations, spec } = templateOf({}, artifact);
  expect(spec.components).toMatchObject([{ image: "s3://b/c.wasm" }]);
  expect(annotations).toEqual({});
});
