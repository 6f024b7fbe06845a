/** The whole platform for a test: store, scheduler and hosts as processes, components in a bucket, manifests applied over the mesh. */
import { request } from "node:http";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { scheduler } from "@holdfast/contracts";
import { type Client, client } from "@holdfast/micro";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";

const components = "components";

export type Answer = { readonly status: number; readonly body: string; readonly bytes: Buffer };

export type Platform = AsyncDisposable & {
  readonly mesh: TestMesh;
  readonly s3: S3Client;
  readonly scheduler: Client<typeof scheduler>;
  /** Stores a component and gives its image. */
  push(name: string, component: Uint8Array): Promise<string>;
  /** Applies documents; throws what is wrong with them. */
  apply(...documents: object[]): Promise<void>;
  /** Waits until all replicas of a deployment are of its newest template and ready. */
  rolledOut(name: string, timeoutMs?: number): Promise<void>;
  /** Which host each ready replica of a deployment runs on. */
  hostsOf(name: string): Promise<string[]>;
};

export async function startPlatform(hosts: number, env: Record<string, string> = {}): Promise<Platform> {
  // a machine that runs tests is busy: its CPU says nothing about the hosts
  const mesh = await startMesh({ scheduler: 1, hosts, env: { HOLDFAST_SCHEDULER_MAX_CPU: "100", ...env } });
  const nc = await mesh.connectAdmin();
  const { accessKeyId, secretAccessKey, region } = mesh.credentials;
  const s3 = new S3Client({
    endpoint: mesh.edges[0]?.endpoint ?? "",
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await s3.send(new CreateBucketCommand({ Bucket: components }));
  const calls = client(nc, scheduler);
  await waitFor(async () => (await calls.ListHosts({})).hosts.length === hosts, {
    timeoutMs: 30_000,
    what: "the hosts",
  });
  return {
    mesh,
    s3,
    scheduler: calls,
    async push(name, component) {
      await s3.send(new PutObjectCommand({ Bucket: components, Key: name, Body: component }));
      return `s3://${components}/${name}`;
    },
    async apply(...documents) {
      const { results, isApplied } = await calls.Apply({ documents });
      if (!isApplied) throw new Error(JSON.stringify(results));
    },
    async rolledOut(name, timeoutMs = 60_000) {
      let why = "";
      const isDone = async () => {
        const { status, generation } = await calls.Get({ kind: "WorkloadDeployment", name });
        why = status.conditions.map(({ message }) => message).join("; ");
        const { expected = -1, ready, updated, current } = status.replicas ?? {};
        return (
          status.observedGeneration === generation && [ready, updated, current].every((count) => count === expected)
        );
      };
      await waitFor(isDone, { timeoutMs, intervalMs: 100, what: `${name} rolled out` }).catch((cause: unknown) => {
        throw new Error(`${name} is not rolled out: ${why}`, { cause });
      });
    },
    async hostsOf(name) {
      const { objects } = await calls.List({ kind: "Workload" });
      return objects.flatMap(({ ref, status }) =>
        ref.name.startsWith(`${name}-`) && status.phase === "Running" && status.hostId !== undefined
          ? [status.hostId]
          : [],
      );
    },
    async [Symbol.asyncDispose]() {
      await nc.close();
      s3.destroy();
      await mesh.stop();
    },
  };
}

/** A deployment of one component that answers HTTP under `<name>.test`, with further interfaces. */
export function deployment(name: string, image: string, replicas: number, ...interfaces: object[]): object {
  const http = {
    namespace: "wasi",
    package: "http",
    interfaces: ["incoming-handler"],
    config: { host: `${name}.test` },
  };
  return {
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "WorkloadDeployment",
    metadata: { name },
    spec: { replicas, template: { spec: { components: [{ name, image }], hostInterfaces: [http, ...interfaces] } } },
  };
}

/** One request to a deployment of `deployment()`. Rejects when there is no answer. */
export function callHost(base: string, name: string, path = "/", method = "GET", body = ""): Promise<Answer> {
  return callAt(base, `${name}.test`, path, method, body);
}

/** One request to a host's workloads by their Host header, which `fetch` would not send. */
export function callAt(base: string, host: string, path: string, method: string, body: string): Promise<Answer> {
  return new Promise((settle, reject) => {
    const sent = request(new URL(path, base), { method, headers: { host }, timeout: 30_000 }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => void pieces.push(piece));
      answer.once("end", () => {
        const bytes = Buffer.concat(pieces);
        settle({ status: answer.statusCode ?? 0, body: bytes.toString(), bytes });
      });
      answer.once("error", reject);
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.once("error", reject);
    sent.end(body);
  });
}
