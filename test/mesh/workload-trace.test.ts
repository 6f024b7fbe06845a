/** What an upload sets off in a component belongs to the trace of the upload: from the client's span to the key that the component wrote. */
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { scheduler } from "@holdfast/contracts";
import { guest } from "@holdfast/guests";
import { client } from "@holdfast/micro";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Collector, inTrace, startCollector } from "./support/otlp.ts";
import { sdk } from "./support/s3.ts";

const Bucket = "uploads";
let collector: Collector;
let mesh: TestMesh;
let s3: S3Client;

beforeAll(async () => {
  const component = await guest("messaging-counter");
  collector = await startCollector();
  // a machine that runs tests is busy: its CPU says nothing about the host
  mesh = await startMesh({ scheduler: 1, hosts: 1, env: { ...collector.env, HOLDFAST_SCHEDULER_MAX_CPU: "100" } });
  s3 = sdk(mesh.edges[0]?.endpoint ?? "", mesh.credentials);
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "counter.wasm", Body: component }));
  const calls = client(await mesh.connectAdmin(), scheduler);
  await calls.Apply({ documents: [deployment] });
  const isReady = async () =>
    (await calls.Get({ kind: "WorkloadDeployment", name: "counter" })).status.replicas?.ready === 1;
  await waitFor(isReady, { timeoutMs: 60_000, what: "the component" });
}, 180_000);
afterAll(async () => {
  s3.destroy();
  await mesh.stop();
  await collector[Symbol.asyncDispose]();
});

const entry = (namespace: string, name: string, version: string, interfaces: string[], config = {}) => {
  return { namespace, package: name, version, interfaces, config };
};
const deployment = {
  apiVersion: "runtime.wasmcloud.dev/v1alpha1",
  kind: "WorkloadDeployment",
  metadata: { name: "counter" },
  spec: {
    template: {
      spec: {
        components: [{ name: "counter", image: `s3://${Bucket}/counter.wasm` }],
        hostInterfaces: [
          entry("wasi", "keyvalue", "0.2.0-draft", ["store", "atomics"]),
          entry("wasmcloud", "messaging", "0.2.0", ["consumer", "handler"], {
            subscriptions: `holdfast.events.s3.${Bucket}.ObjectCreated.>`,
          }),
        ],
      },
    },
  },
};

test("an upload, the component that heard of it, and the key that it wrote are one trace", async () => {
  const { trace } = await inTrace(s3, () => s3.send(new PutObjectCommand({ Bucket, Key: "photo", Body: "bytes" })));
  const root = "s3-edge/PutObject server";
  const put = `${root} > object-metadata/PutObject client > object-metadata/PutObject server`;
  const heard = `${put} > deliver holdfast.events.s3.${Bucket}.ObjectCreated.> consumer > component counter internal`;
  const paths = await collector.untilPaths(trace, [root, put, heard, `${heard} > wasi-keyvalue/increment internal`]);
  expect(paths.filter((path) => !path.includes(" > "))).toEqual([root]);
});
