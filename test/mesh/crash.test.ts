/** Nothing acknowledged is lost, whatever is killed: real processes, SIGKILL, and every byte compared afterwards. */
import { request } from "node:http";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { objectMetadata } from "@holdfast/contracts";
import { client as meshClient } from "@holdfast/micro";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { md5, sdk, seededBytes, statusOf } from "./support/s3.ts";

const Bucket = "crash";
let mesh: TestMesh;
let s3: S3Client;

const edge = () => {
  const first = mesh.edges[0];
  if (!first) throw new Error("no edge");
  return first;
};

beforeEach(async () => {
  mesh = await startMesh({ env: { HOLDFAST_SWEEP_MIN_AGE: "1s", HOLDFAST_PURGE_GRACE: "1s" } });
  s3 = sdk(edge().endpoint, mesh.credentials, 10);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterEach(async () => {
  s3.destroy();
  await mesh.stop();
});

async function listedKeys(): Promise<Set<string>> {
  const keys = new Set<string>();
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    for (const { Key = "" } of page.Contents ?? []) keys.add(Key);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return keys;
}

/** Writes from 16 clients until told to stop; gives what was acknowledged and the statuses of what was refused. */
function startWriting() {
  const acknowledged = new Map<string, string>();
  const refused: number[] = [];
  const stopped = new AbortController();
  const direct = sdk(edge().endpoint, mesh.credentials, 1);
  const writer = async (id: number) => {
    for (let i = 0; !stopped.signal.aborted; i++) {
      const Key = `${id}/${i}`;
      const Body = seededBytes(Key, i % 20 === 0 ? 300_000 : 500 + i);
      try {
        await direct.send(new PutObjectCommand({ Bucket, Key, Body }));
        acknowledged.set(Key, md5(Body));
      } catch (error) {
        refused.push(statusOf(error));
      }
    }
  };
  const writers = Promise.all(Array.from({ length: 16 }, (_, id) => writer(id)));
  return {
    acknowledged,
    refused,
    async stop() {
      stopped.abort();
      await writers;
      direct.destroy();
    },
  };
}

async function expectAllReadable(acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const listed = await listedKeys();
  for (const [Key, digest] of acknowledged) {
    expect(listed, `acknowledged ${Key} is not listed`).toContain(Key);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(md5((await Body?.transformToByteArray()) ?? new Uint8Array()), Key).toBe(digest);
  }
}

describe("SIGKILL of s3-edge in the middle of a 200 MiB PutObject", () => {
  test("leaves nothing listed, and the sweep brings orphan bytes back to 0", async () => {
    const size = 200 * 1024 ** 2;
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: "half" }), { expiresIn: 60 });
    const sent = await new Promise<number>((resolve) => {
      const put = request(url, { method: "PUT", headers: { "content-length": size } });
      const block = Buffer.alloc(1024 ** 2, "x");
      let blocks = 0;
      const write = () => {
        if (++blocks < 100) put.write(block, write);
        else void mesh.kill("s3-edge", 0, "SIGKILL");
      };
      put.on("error", () => resolve(blocks));
      write();
    });
    expect(sent).toBe(100);
    await mesh.restart("s3-edge", 0);
    s3 = sdk(edge().endpoint, mesh.credentials, 10);
    expect((await listedKeys()).size).toBe(0);

    await using nc = await mesh.connectAdmin();
    const metadata = meshClient(nc, objectMetadata);
    // Chunks count as orphans when they are older than the writer could still need them: here one second.
    const orphans = async () => (await metadata.Sweep({ bucket: Bucket, purge: false })).orphanBytes;
    await waitFor(async () => (await orphans()) > 20 * 1024 ** 2, { timeoutMs: 20_000 });
    await waitFor(
      async () => {
        await metadata.Sweep({ bucket: Bucket, purge: true });
        return (await orphans()) === 0;
      },
      { timeoutMs: 20_000 },
    );
  });
});

describe("SIGKILL of object-metadata while 16 clients write", () => {
  test("loses no acknowledged key: each lists and reads back byte for byte after the restart", async () => {
    const load = startWriting();
    await waitFor(() => load.acknowledged.size > 300, { timeoutMs: 30_000 });
    await mesh.kill("object-metadata", 0, "SIGKILL");
    await mesh.restart("object-metadata", 0);
    const before = load.acknowledged.size;
    await waitFor(() => load.acknowledged.size > before + 100, { timeoutMs: 30_000 });
    await load.stop();
    expect(load.refused.every((status) => status === 503)).toBe(true);
    await expectAllReadable(load.acknowledged);
  });
});

describe("restart of nats-server under load", () => {
  test("answers 503 SlowDown or retries, and loses nothing acknowledged", async () => {
    const load = startWriting();
    await waitFor(() => load.acknowledged.size > 300, { timeoutMs: 30_000 });
    await mesh.nats.restart();
    const before = load.acknowledged.size;
    await waitFor(() => load.acknowledged.size > before + 100, { timeoutMs: 60_000 });
    await load.stop();
    expect(load.refused.every((status) => status === 503)).toBe(true);
    await expectAllReadable(load.acknowledged);
  });
});
