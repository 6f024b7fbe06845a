/** An Artifact of an object or a file: what uses it rolls out by itself when the content under its name changes. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder, type TemporaryFolder, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { helloTexts, helloVersion, type HelloVersion } from "./chaos/hello.ts";
import { callHost, deployment, type Platform, startPlatform } from "./platform.ts";

let platform: Platform;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder("holdfast-artifacts-");
  platform = await startPlatform(1, {
    HOLDFAST_SCHEDULER_ARTIFACT_INTERVAL: "500ms",
    HOLDFAST_SCHEDULER_FILE_ROOTS: folder.path,
    HOLDFAST_HOST_FILE_ROOTS: folder.path,
  });
}, 180_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A deployment whose component comes from an artifact, and which would otherwise take what a host has. */
function documentsOf(name: string, image: string): object[] {
  const apiVersion = "runtime.wasmcloud.dev/v1alpha1";
  const plain = deployment(name, image, 1) as { spec: { template: { spec: { components: object[] } } } };
  const components = [{ name, image, imagePullPolicy: "IfNotPresent" }];
  const artifacts = [{ name, artifactFrom: { name } }];
  const template = { spec: { ...plain.spec.template.spec, components } };
  return [
    { apiVersion, kind: "Artifact", metadata: { name }, spec: { image } },
    { ...plain, spec: { ...plain.spec, artifacts, template } },
  ];
}

async function answers(name: string, version: HelloVersion): Promise<boolean> {
  const http = platform.mesh.hosts[0]?.http ?? "";
  const isThere = async () => (await callHost(http, name)).body === helloTexts[version];
  return waitFor(isThere, { timeoutMs: 60_000, intervalMs: 100, what: `${name} answers as ${version}` });
}

test("s3:// rolls out when its object is overwritten; what it held before cannot be rolled back to, and the answer says why", async () => {
  const image = await platform.push("hello.wasm", await helloVersion("v1"));
  await platform.apply(...documentsOf("stored", image));
  expect(await answers("stored", "v1")).toBe(true);
  await platform.push("hello.wasm", await helloVersion("v2"));
  expect(await answers("stored", "v2")).toBe(true);
  const { status } = await platform.scheduler.Get({ kind: "Artifact", name: "stored" });
  expect(status.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  await expect(platform.scheduler.Rollback({ name: "stored" })).rejects.toMatchObject({
    code: "Refused",
    message: expect.stringContaining("s3://components/hello.wasm has been overwritten since"),
  });
  await platform.push("hello.wasm", await helloVersion("v1"));
  expect(await answers("stored", "v1")).toBe(true);
});

test("file:// rolls out when its file changes", async () => {
  const path = join(folder.path, "hello.wasm");
  await writeFile(path, await helloVersion("v1"));
  await platform.apply(...documentsOf("filed", `file://${path}`));
  expect(await answers("filed", "v1")).toBe(true);
  await writeFile(path, await helloVersion("v2"));
  expect(await answers("filed", "v2")).toBe(true);
});

test("an Artifact of an object or a file that is not there says so, and nothing of other files", async () => {
  const missing = { "no-object": "s3://components/none.wasm", "no-file": "file:///etc/passwd" };
  for (const [name, image] of Object.entries(missing)) await platform.apply(...documentsOf(name, image).slice(0, 1));
  const wordsOf = async (name: string) => {
    const { status } = await platform.scheduler.Get({ kind: "Artifact", name });
    return status.conditions[0]?.message;
  };
  const heard = (name: string) => waitFor(() => wordsOf(name), { timeoutMs: 30_000, what: `words on ${name}` });
  expect(await heard("no-object")).toBe("s3://components/none.wasm: there is no such object");
  expect(await heard("no-file")).toBe(
    "file:///etc/passwd: no such file inside the folders of HOLDFAST_SCHEDULER_FILE_ROOTS",
  );
});
