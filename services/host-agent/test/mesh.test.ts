/** A host in the mesh: its own NATS user, components out of the mesh's own store, what they keep in it. */
import { hostAgent, objectMetadata } from "@holdfast/contracts";
import { guest } from "@holdfast/guests";
import { hostClient, type ImagePullPolicy, watchHeartbeats } from "@holdfast/host-protocol";
import { client } from "@holdfast/micro";
import { digestOf } from "@holdfast/oci";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, http } from "./harness.ts";

let mesh: TestMesh;
let nc: NatsConnection;
let hostId: string;
let url: string;

beforeAll(async () => {
  mesh = await startMesh({ edges: 0, auth: 0, multipart: 0, objectMetadata: 1, hosts: 1 });
  nc = await mesh.connectAdmin();
  const { ready } = mesh.processes.find(({ service }) => service === "host-agent")?.process ?? {};
  hostId = String(ready?.["host"]);
  url = String(ready?.["http"]);
  await putComponent("components", "keyvalue.wasm", await guest("http-keyvalue"));
}, 120_000);
afterAll(() => mesh.stop());

async function putComponent(bucket: string, key: string, body: Uint8Array) {
  const objects = client(nc, objectMetadata);
  const { id: bucketId } = await objects.CreateBucket({ bucket, owner: "ada" });
  await putObject({ bucket, bucketId, key }, body);
}

async function putObject(where: { bucket: string; bucketId: string; key: string }, body: Uint8Array) {
  const objects = client(nc, objectMetadata);
  const etag = createHash("md5").update(body).digest("hex");
  const sha256 = createHash("sha256").update(body).digest("base64url");
  const attributes = { headers: {}, userMetadata: {}, tags: [], storageClass: "STANDARD" };
  await objects.PutObject({ ...where, etag, sha256, attributes }, { body });
}

const start = (image: string, host: string) => {
  const hostInterfaces = [
    http(["incoming-handler"], { host }),
    { namespace: "wasi", package: "keyvalue", interfaces: ["store", "atomics"], config: { backend: "nats" } },
  ];
  const workload = {
    namespace: "default",
    name: "kv",
    witWorld: { components: [{ name: "kv", image }], hostInterfaces },
  };
  return hostClient(nc).start(hostId, { workloadId: host, workload });
};

describe("a host of the mesh", () => {
  test("runs a component out of an S3 bucket, which keeps its values in NATS KV", async () => {
    expect(await start("s3://components/keyvalue.wasm", "kv.test")).toMatchObject({ message: "running" });
    expect((await call(url, "kv.test", "/notes/colour", { method: "PUT", body: "blue" })).status).toBeLessThan(300);
    expect((await call(url, "kv.test", "/notes/colour")).body).toBe("blue");
  });

  test("pulls a replaced object with Always, and what it has with IfNotPresent and Never, asking nobody", async () => {
    const where = { bucket: "releases", key: "hello.wasm" };
    const { id: bucketId } = await client(nc, objectMetadata).CreateBucket({ bucket: where.bucket, owner: "ada" });
    const [first, second] = await Promise.all([guest("http-hello"), guest("http-echo")]);
    let started = 0;
    const digestWith = async (imagePullPolicy: ImagePullPolicy) => {
      const workloadId = `pull-${++started}`;
      const components = [{ name: "c", image: "s3://releases/hello.wasm", imagePullPolicy }];
      const hostInterfaces = [http(["incoming-handler"], { host: `${workloadId}.test` })];
      const workload = { namespace: "default", name: "pull", witWorld: { components, hostInterfaces } };
      const { workloadState, message } = await hostClient(nc).start(hostId, { workloadId, workload });
      if (workloadState === "WORKLOAD_STATE_ERROR") return message;
      const { report } = await client(nc, hostAgent, { instance: hostId }).DescribeWorkload({ workloadId });
      return report.components[0]?.digest;
    };
    await putObject({ ...where, bucketId }, first);
    expect(await digestWith("IMAGE_PULL_POLICY_NEVER")).toContain("not in the image cache");
    expect(await digestWith("IMAGE_PULL_POLICY_IF_NOT_PRESENT")).toBe(digestOf(first));
    await putObject({ ...where, bucketId }, second);
    expect(await digestWith("IMAGE_PULL_POLICY_IF_NOT_PRESENT")).toBe(digestOf(first));
    expect(await digestWith("IMAGE_PULL_POLICY_UNSPECIFIED")).toBe(digestOf(second));
    await client(nc, objectMetadata).DeleteObject({ ...where, bucketId });
    expect(await digestWith("IMAGE_PULL_POLICY_NEVER")).toBe(digestOf(second));
    expect(await digestWith("IMAGE_PULL_POLICY_ALWAYS")).toContain("there is no such object");
  });

  test("says that an object is not there", async () => {
    const status = await start("s3://components/nothing.wasm", "nothing.test");
    expect(status.message).toBe(
      "failed to pull component image for `kv`: s3://components/nothing.wasm: there is no such object",
    );
  });

  test("is heard by its heartbeats and asked by its own subjects", async () => {
    const heard: string[] = [];
    const watch = watchHeartbeats(nc, { onHeartbeat: ({ id }) => void heard.push(id) });
    await client(nc, hostAgent, { instance: hostId }).Drain({});
    await client(nc, hostAgent, { instance: hostId }).Drain({ isDraining: false });
    expect(await waitFor(() => heard.includes(hostId))).toBe(true);
    watch.close();
  });
});
