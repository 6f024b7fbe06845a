/** A host in the mesh: its own NATS user, components out of the mesh's own store, what they keep in it. */
import { hostAgent, objectMetadata } from "@holdfast/contracts";
import { guest } from "@holdfast/guests";
import { hostClient, watchHeartbeats } from "@holdfast/host-protocol";
import { client } from "@holdfast/micro";
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
  const etag = createHash("md5").update(body).digest("hex");
  const sha256 = createHash("sha256").update(body).digest("base64url");
  const attributes = { headers: {}, userMetadata: {}, tags: [], storageClass: "STANDARD" };
  await objects.PutObject({ bucket, bucketId, key, etag, sha256, attributes }, { body });
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
