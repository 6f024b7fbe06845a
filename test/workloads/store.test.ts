/** Workloads beside the store: what S3 clients and components see of each other, and what uploads set off. */
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { guest } from "@holdfast/guests";
import { waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callHost, deployment, type Platform, startPlatform } from "./platform.ts";

let platform: Platform;
let host: string;
/** A deployment of two replicas that adds 1 for each upload. */
let countUploads: (name: string) => object;
const events = {
  namespace: "wasmcloud",
  package: "messaging",
  version: "0.2.0",
  interfaces: ["consumer", "handler"],
  config: { subscriptions: "holdfast.events.s3.uploads.ObjectCreated.>" },
};
beforeAll(async () => {
  const made = ["http-keyvalue", "http-blobstore", "messaging-counter"] as const;
  const [keyvalue, blobstore, counter] = await Promise.all(made.map((name) => guest(name)));
  platform = await startPlatform(1);
  host = platform.mesh.hosts[0]?.http ?? "";
  for (const Bucket of ["photos", "uploads"]) await platform.s3.send(new CreateBucketCommand({ Bucket }));
  const images = {
    kv: await platform.push("kv.wasm", keyvalue ?? new Uint8Array()),
    files: await platform.push("files.wasm", blobstore ?? new Uint8Array()),
    counter: await platform.push("counter.wasm", counter ?? new Uint8Array()),
  };
  const store = { namespace: "wasi", package: "keyvalue", version: "0.2.0-draft", interfaces: ["store", "atomics"] };
  const blobs = {
    namespace: "wasi",
    package: "blobstore",
    interfaces: ["blobstore"],
    config: { buckets: "photos" },
  };
  countUploads = (name) => ({
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "WorkloadDeployment",
    metadata: { name },
    spec: {
      replicas: 2,
      template: { spec: { components: [{ name: "counter", image: images.counter }], hostInterfaces: [events, store] } },
    },
  });
  await platform.apply(
    deployment("kv", images.kv, 1, store),
    deployment("files", images.files, 1, blobs),
    countUploads("counter"),
  );
  for (const name of ["kv", "files", "counter"]) await platform.rolledOut(name);
}, 180_000);
afterAll(() => platform[Symbol.asyncDispose]());

describe("a component with wasi:blobstore", () => {
  test("serves a file that was uploaded by S3", async () => {
    await platform.s3.send(new PutObjectCommand({ Bucket: "photos", Key: "hello.txt", Body: "from S3" }));
    expect(await callHost(host, "files", "/photos/hello.txt")).toMatchObject({ status: 200, body: "from S3" });
  });

  test("writes an object that S3 lists and gives back", async () => {
    const written = await callHost(host, "files", "/photos/written.txt", "PUT", "from a component");
    expect(written.status).toBeLessThan(300);
    const { Contents } = await platform.s3.send(new ListObjectsV2Command({ Bucket: "photos" }));
    expect(Contents?.map(({ Key }) => Key)).toContain("written.txt");
    const { Body } = await platform.s3.send(new GetObjectCommand({ Bucket: "photos", Key: "written.txt" }));
    expect(await Body?.transformToString()).toBe("from a component");
  });

  test("does not reach a bucket that its workload was not given", async () => {
    await platform.s3.send(new PutObjectCommand({ Bucket: "uploads", Key: "secret.txt", Body: "secret" }));
    const answer = await callHost(host, "files", "/uploads/secret.txt");
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain("secret");
  });
});

describe("components that listen to the store's events", () => {
  const counted = async () => {
    const { status, bytes } = await callHost(host, "kv", "/default/holdfast.events.s3.uploads.ObjectCreated.Put");
    // a counter is 8 bytes, as wasmCloud keeps it
    return status === 404 ? 0 : Number(bytes.readBigUInt64BE());
  };
  const uploads = 20;
  const upload = () =>
    Promise.all(
      Array.from({ length: uploads }, (_, i) =>
        platform.s3.send(new PutObjectCommand({ Bucket: "uploads", Key: `photo ${i}.jpg`, Body: "bytes" })),
      ),
    );

  test("count each upload once, however many replicas there are, where another component sees it", async () => {
    const before = await counted();
    await upload();
    await waitFor(async () => (await counted()) >= before + uploads, { timeoutMs: 20_000, what: "the count" });
    expect(await counted()).toBe(before + uploads);
  });

  test("of two deployments hear each upload both, though their components have one name", async () => {
    await platform.apply(countUploads("again"));
    await platform.rolledOut("again");
    const before = await counted();
    await upload();
    await waitFor(async () => (await counted()) >= before + 2 * uploads, { timeoutMs: 20_000, what: "the count" });
    expect(await counted()).toBe(before + 2 * uploads);
  });
});
