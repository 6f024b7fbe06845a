/** The real processes with the real permissions: multipart twice, object-metadata, nats-server. */
import { multipart, objectMetadata } from "@holdfast/contracts";
import { client, isMeshError } from "@holdfast/micro";
import type { Client } from "@holdfast/micro/contract";
import { createChunkWriter, loadParts, readObject } from "@holdfast/object-layout";
import { startMesh, waitFor } from "@holdfast/testkit";
import type { TestMesh } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "./harness.ts";

let mesh: TestMesh;
let nc: NatsConnection;
let uploads: Client<typeof multipart>;
let objects: Client<typeof objectMetadata>;
let bucketId: string;
const bucket = "mesh.bucket";
const MiB = 1024 * 1024;

beforeAll(async () => {
  const env = { HOLDFAST_SWEEP_MIN_AGE: "1ms", HOLDFAST_PURGE_GRACE: "1ms" };
  mesh = await startMesh({ edges: 0, auth: 0, multipart: 2, env });
  nc = await mesh.connectAdmin();
  uploads = client(nc, multipart);
  objects = client(nc, objectMetadata);
  bucketId = (await objects.CreateBucket({ bucket, owner: "ada" })).id;
});
afterAll(() => mesh.stop());

const attributes = { headers: { "content-type": "text/plain" }, userMetadata: {}, tags: [], storageClass: "STANDARD" };

async function begin(key: string) {
  const { uploadId } = await uploads.CreateMultipartUpload({ bucket, bucketId, key, owner: "ada", attributes });
  return { bucket, key, uploadId };
}

async function putPart(upload: Awaited<ReturnType<typeof begin>>, partNumber: number, bytes: Buffer) {
  const id = `${upload.uploadId}.${partNumber}.${randomBytes(6).toString("hex")}`;
  const writer = createChunkWriter(nc, { bucket, id });
  await writer.write(bytes);
  const run = await writer.finish();
  const etag = createHash("md5").update(bytes).digest("hex");
  await uploads.UploadPart({ ...upload, partNumber, etag, run });
  return { partNumber, etag };
}

async function read(key: string): Promise<Buffer> {
  const { object } = await objects.ResolveObject({ bucket, key });
  const read: Uint8Array[] = [];
  for await (const bytes of readObject(nc, object, { bucket })) read.push(bytes);
  return Buffer.concat(read);
}

test("an object completed from parts reads back byte for byte", async () => {
  const upload = await begin("whole");
  const contents = [randomBytes(5 * MiB), randomBytes(5 * MiB + 17), randomBytes(1)];
  const parts = [];
  for (const [i, bytes] of contents.entries()) parts.push(await putPart(upload, i + 1, bytes));
  const { etag, size } = await uploads.CompleteMultipartUpload({ ...upload, parts });
  expect(size).toBe(10 * MiB + 18);
  const { object } = await objects.ResolveObject({ bucket, key: "whole" });
  expect(object).toMatchObject({
    etag,
    size,
    headers: attributes.headers,
    data: { kind: "parts", uploadId: upload.uploadId },
  });
  expect((await read("whole")).equals(Buffer.concat(contents))).toBe(true);
});

test("the manifest of an object of 3,000 parts comes back through the record", async () => {
  const upload = await begin("manifest");
  const etag = "0123456789abcdef".repeat(2);
  const numbers = Array.from({ length: 3000 }, (_, i) => i + 1);
  const record = (partNumber: number) => {
    const run = { id: `${upload.uploadId}.${partNumber}.r`, size: 5 * MiB, chunks: 5, chunkSize: MiB };
    return uploads.UploadPart({ ...upload, partNumber, etag, run });
  };
  for (let at = 0; at < numbers.length; at += 300) await Promise.all(numbers.slice(at, at + 300).map(record));
  await uploads.CompleteMultipartUpload({ ...upload, parts: numbers.map((partNumber) => ({ partNumber, etag })) });
  const { object } = await objects.ResolveObject({ bucket, key: "manifest" });
  expect(object.data.kind).toBe("manifest");
  const parts = await loadParts(nc, object, { bucket });
  expect(parts?.map(({ partNumber }) => partNumber)).toEqual(numbers);
});

test("a failed condition answers PreconditionFailed through the mesh and leaves the upload", async () => {
  const upload = await begin("guarded");
  const parts = [await putPart(upload, 1, Buffer.from("one"))];
  await uploads.CompleteMultipartUpload({ ...upload, parts });
  const second = await begin("guarded");
  const request = {
    ...second,
    parts: [await putPart(second, 1, Buffer.from("two"))],
    conditions: { ifNoneMatch: "*" as const },
  };
  await expect(uploads.CompleteMultipartUpload(request)).rejects.toMatchObject({
    code: "PreconditionFailed",
    status: 412,
  });
  await objects.DeleteObject({ bucket, key: "guarded" });
  await expect(uploads.CompleteMultipartUpload(request)).resolves.toMatchObject({ size: 3 });
  expect((await read("guarded")).toString()).toBe("two");
});

test("SIGKILL of a multipart process in the middle of 60 Completes: each one succeeds when it is asked again, once", async () => {
  const requests = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const upload = await begin(`killed ${i}`);
      return { ...upload, parts: [await putPart(upload, 1, Buffer.from(`content ${i}`))] };
    }),
  );
  const completeUntilDone = async (request: (typeof requests)[number]) => {
    for (;;) {
      try {
        return await uploads.CompleteMultipartUpload(request, { timeoutMs: 12_000 });
      } catch (error) {
        if (!isMeshError(error) || !["RequestTimeout", "SlowDown", "ServiceUnavailable"].includes(error.code))
          throw error;
      }
    }
  };
  const answers = requests.map((request) => completeUntilDone(request));
  await mesh.kill("multipart", 1, "SIGKILL");
  const results = await Promise.all(answers);
  for (const [i, request] of requests.entries()) {
    expect((await read(request.key)).toString()).toBe(`content ${i}`);
    expect(await uploads.CompleteMultipartUpload(request)).toEqual(results[i]);
  }
  await mesh.restart("multipart", 1);
});

/** Begins a Complete whose process dies at its commit, before or after the commit landed. */
async function strand(request: Awaited<ReturnType<typeof onePart>>, commitLands: boolean) {
  const reached = Promise.withResolvers<void>();
  const dying = await inProcess(nc, {
    ...objects,
    async CommitObject(input) {
      if (commitLands) await objects.CommitObject(input);
      reached.resolve();
      return new Promise<never>(() => {});
    },
  });
  void dying.CompleteMultipartUpload(request);
  await reached.promise;
}

async function onePart(key: string) {
  const upload = await begin(key);
  return { ...upload, parts: [await putPart(upload, 1, Buffer.from(key))] };
}

test("a completion that lost its process is carried forward once, and never over what came after it", async () => {
  const keys = ["not landed", "landed", "landed and deleted", "landed and overwritten", "overwritten"] as const;
  const requests = await Promise.all(keys.map(onePart));
  for (const [i, request] of requests.entries()) await strand(request, keys[i]?.startsWith("landed") ?? false);
  const other = await onePart("landed and overwritten");
  await uploads.CompleteMultipartUpload(other);
  await uploads.CompleteMultipartUpload(await onePart("overwritten"));
  await objects.DeleteObject({ bucket, key: "landed and deleted" });

  const settled = await Promise.allSettled(requests.map((request) => uploads.CompleteMultipartUpload(request)));
  const outcomes = settled.map((one) =>
    one.status === "fulfilled" ? "done" : isMeshError(one.reason) && one.reason.code,
  );
  const hidden = "ConditionalRequestConflict";
  expect(outcomes).toEqual(["done", "done", hidden, hidden, hidden]);
  expect((await read("not landed")).toString()).toBe("not landed");
  expect((await read("landed")).toString()).toBe("landed");
  await expect(objects.ResolveObject({ bucket, key: "landed and deleted" })).rejects.toMatchObject({
    code: "NoSuchKey",
  });
  const { object } = await objects.ResolveObject({ bucket, key: "landed and overwritten" });
  expect(object.data).toMatchObject({ uploadId: other.uploadId });
  expect((await read("landed and overwritten")).toString()).toBe("landed and overwritten");
});

test("what aborted uploads, racing parts and replaced objects leave is gone after a sweep", async () => {
  const aborted = await begin("aborted");
  const racing = [1, 2, 3, 4].map((n) =>
    putPart(aborted, n, randomBytes(1000)).catch((error: unknown) => isMeshError(error, "NoSuchUpload")),
  );
  await Promise.all([uploads.AbortMultipartUpload(aborted), ...racing]);
  const live = await begin("still in progress");
  await putPart(live, 1, Buffer.from("kept"));

  await waitFor(async () => (await objects.Sweep({ bucket })).orphanBytes === 0, {
    timeoutMs: 10_000,
    what: "no orphan bytes",
  });
  const kept = await uploads.ListParts(live);
  await uploads.CompleteMultipartUpload({
    ...live,
    parts: kept.parts.map(({ partNumber, etag }) => ({ partNumber, etag })),
  });
  expect((await read("still in progress")).toString()).toBe("kept");
});
