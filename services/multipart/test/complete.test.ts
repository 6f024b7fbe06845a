import { multipart } from "@holdfast/contracts";
import { decodeParts, readRun } from "@holdfast/object-layout";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { multipartETag } from "../src/domain/multipart-etag.ts";
import { attributes, begin, MiB, putPart, startMesh } from "./harness.ts";
import type { Instance, Mesh } from "./harness.ts";

let mesh: Mesh;
let api: Instance;
let target: { bucket: string; bucketId: string };

beforeAll(async () => {
  mesh = await startMesh();
  api = await mesh.instance();
  target = await mesh.newBucket();
});
afterAll(() => mesh[Symbol.asyncDispose]());

async function uploadOf(sizes: number[], key?: string, options?: Parameters<typeof begin>[3]) {
  const upload = await begin(api, target, key, options);
  const stored = await Promise.all(sizes.map((size, i) => putPart(mesh, api, upload, i + 1, { size })));
  return { ...upload, stored, parts: stored.map(({ partNumber, etag }) => ({ partNumber, etag })) };
}

describe("CompleteMultipartUpload", () => {
  test("commits an object of the parts with what the upload was begun with", async () => {
    const { stored, ...upload } = await uploadOf([5 * MiB, 6 * MiB, 1], "whole");
    const answer = await api.CompleteMultipartUpload(upload);
    expect(answer).toMatchObject({ etag: multipartETag(stored.map(({ etag }) => etag)), size: 11 * MiB + 1 });
    expect(answer.etag).toMatch(/-3$/);
    const commit = mesh.objects.commits.at(-1);
    expect(commit).toMatchObject({
      key: "whole",
      attributes,
      etag: answer.etag,
      size: answer.size,
      data: { kind: "parts" },
    });
    expect(commit?.data.kind === "parts" && commit.data.parts.map(({ run }) => run.id)).toEqual(
      stored.map(({ run }) => run.id),
    );
    expect(await mesh.objects.record(target.bucket, "whole")).toMatchObject({ uploadId: upload.uploadId });
  });

  test("answers a retry the same and a request for something else with NoSuchUpload", async () => {
    const { stored: _, ...upload } = await uploadOf([5 * MiB, 1], "retried");
    const first = await api.CompleteMultipartUpload(upload);
    const commits = mesh.objects.commits.length;
    const quoted = upload.parts.map((part) => ({ ...part, etag: `"${part.etag}"` }));
    expect(await api.CompleteMultipartUpload({ ...upload, parts: quoted })).toEqual(first);
    expect(mesh.objects.commits.length).toBe(commits);
    const fewer = { ...upload, parts: upload.parts.slice(0, 1) };
    await expect(api.CompleteMultipartUpload(fewer)).rejects.toMatchObject({ code: "NoSuchUpload" });
    await expect(api.AbortMultipartUpload(upload)).rejects.toMatchObject({ code: "NoSuchUpload" });
    await expect(putPart(mesh, api, upload, 3)).rejects.toMatchObject({ code: "NoSuchUpload" });
  });

  test("frees the parts that it was not asked for, and all rows but the one that remembers", async () => {
    const { stored, ...upload } = await uploadOf([5 * MiB, 5 * MiB, 5 * MiB], "chosen");
    await api.CompleteMultipartUpload({
      ...upload,
      parts: [upload.parts[0], upload.parts[2]].filter((part) => part !== undefined),
    });
    await api.settled();
    const runs = Object.keys(await mesh.chunks(target.bucket)).filter((subject) => subject.includes(upload.uploadId));
    expect(runs.map((subject) => Number(subject.split(".")[4])).toSorted((a, b) => a - b)).toEqual([1, 3]);
    expect(stored.length).toBe(3);
    expect(await mesh.rows(upload.uploadId)).toEqual(["upload"]);
  });

  const etagOf = (text: string) => createHash("md5").update(text).digest("hex");
  test.for([
    ["parts out of order", [2, 1], {}, "InvalidPartOrder"],
    ["a part twice", [1, 1], {}, "InvalidPartOrder"],
    ["a part that is not there", [1, 2, 4], {}, "InvalidPart"],
    ["a wrong x-amz-mp-object-size", [1, 2, 3], { objectSize: 1 }, "InvalidRequest"],
    [
      "a checksum of a kind that the parts do not have",
      [1],
      { checksum: { algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" } },
      "InvalidRequest",
    ],
  ] as const)("refuses %s and leaves the upload as it was", async ([, numbers, extra, code]) => {
    const { stored: _, ...upload } = await uploadOf([5 * MiB, 5 * MiB, 1]);
    const parts = numbers.map((partNumber) => ({ partNumber, etag: etagOf(`part ${partNumber}`) }));
    await expect(api.CompleteMultipartUpload({ ...upload, ...extra, parts })).rejects.toMatchObject({ code });
    expect((await api.ListParts(upload)).parts.length).toBe(3);
    await expect(api.CompleteMultipartUpload(upload)).resolves.toBeDefined();
  });

  test("refuses a part with another ETag as InvalidPart, naming it", async () => {
    const { stored: _, ...upload } = await uploadOf([5 * MiB, 5 * MiB]);
    const parts = upload.parts.map((part) => (part.partNumber === 2 ? { ...part, etag: "f".repeat(32) } : part));
    await expect(api.CompleteMultipartUpload({ ...upload, parts })).rejects.toMatchObject({
      code: "InvalidPart",
      details: { PartNumber: "2", ETag: "f".repeat(32), UploadId: upload.uploadId },
    });
  });

  test("refuses a part below 5 MiB that is not the last, by one byte, and takes one that is just as large", async () => {
    const small = await uploadOf([5 * MiB - 1, 5 * MiB]);
    await expect(api.CompleteMultipartUpload({ ...small, parts: small.parts })).rejects.toMatchObject({
      code: "EntityTooSmall",
      details: { PartNumber: "1", ProposedSize: `${5 * MiB - 1}`, MinSizeAllowed: `${5 * MiB}` },
    });
    const enough = await uploadOf([5 * MiB, 0]);
    await expect(api.CompleteMultipartUpload(enough)).resolves.toMatchObject({ size: 5 * MiB });
  });

  test("refuses an object beyond 5 TiB as EntityTooLarge, and takes one of just that size", async () => {
    const most = await uploadOf([5 * 1024 ** 4 - 5 * MiB, 5 * MiB]);
    await expect(api.CompleteMultipartUpload(most)).resolves.toMatchObject({ size: 5 * 1024 ** 4 });
    const beyond = await uploadOf([5 * 1024 ** 4 - 5 * MiB, 5 * MiB, 1]);
    await expect(api.CompleteMultipartUpload(beyond)).rejects.toMatchObject({ code: "EntityTooLarge" });
  });

  test("leaves the upload valid when a condition fails, and completes it once the condition holds", async () => {
    await mesh.objects.overwrite(target.bucket, "guarded");
    const { stored: _, ...upload } = await uploadOf([5 * MiB, 1], "guarded");
    const guarded = { ...upload, conditions: { ifNoneMatch: "*" as const } };
    await expect(api.CompleteMultipartUpload(guarded)).rejects.toMatchObject({ code: "PreconditionFailed" });
    const other = { ...upload, conditions: { ifMatch: "f".repeat(32) } };
    await expect(api.CompleteMultipartUpload(other)).rejects.toMatchObject({ code: "PreconditionFailed" });
    expect((await api.ListParts(upload)).parts.length).toBe(2);
    await mesh.objects.overwrite(target.bucket, "guarded", { deleted: true });
    await expect(api.CompleteMultipartUpload(guarded)).resolves.toMatchObject({ size: 5 * MiB + 1 });
  });

  test("answers NoSuchKey for If-Match on a key that is not there", async () => {
    const { stored: _, ...upload } = await uploadOf([1], "not-there");
    const guarded = { ...upload, conditions: { ifMatch: "f".repeat(32) } };
    await expect(api.CompleteMultipartUpload(guarded)).rejects.toMatchObject({ code: "NoSuchKey" });
    await expect(api.CompleteMultipartUpload(upload)).resolves.toBeDefined();
  });

  test("does not complete into a later bucket of the same name", async () => {
    const short = await mesh.newBucket();
    const upload = await begin(api, short);
    const { partNumber, etag } = await putPart(mesh, api, upload, 1);
    await mesh.objects.deleteBucket(short.bucket);
    const complete = () => api.CompleteMultipartUpload({ ...upload, parts: [{ partNumber, etag }] });
    await expect(complete()).rejects.toMatchObject({ code: "NoSuchBucket" });
    await mesh.objects.createBucket(short.bucket);
    await expect(complete()).rejects.toMatchObject({ code: "NoSuchUpload" });
  });

  test("completes 10,000 parts in a few seconds without copying a byte; the manifest lies in chunks of its own", async () => {
    const upload = await begin(api, target, "ten-thousand");
    const etag = "0123456789abcdef".repeat(2);
    const numbers = Array.from({ length: 10_000 }, (_, i) => i + 1);
    const record = (n: number) =>
      api.UploadPart({
        ...upload,
        partNumber: n,
        etag,
        run: { id: `${upload.uploadId}.${n}.r`, size: 5 * MiB, chunks: 5, chunkSize: MiB, sequences: "AQQ" },
      });
    for (let at = 0; at < numbers.length; at += 500) await Promise.all(numbers.slice(at, at + 500).map(record));

    const begun = performance.now();
    const answer = await api.CompleteMultipartUpload({
      ...upload,
      parts: numbers.map((partNumber) => ({ partNumber, etag })),
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(answer).toMatchObject({ etag: expect.stringMatching(/-10000$/), size: 10_000 * 5 * MiB });

    const commit = mesh.objects.commits.at(-1);
    if (commit?.data.kind !== "manifest") throw new Error("10,000 parts do not fit a record");
    const { manifest } = commit.data;
    expect(manifest.id.startsWith(`${upload.uploadId}.manifest.`)).toBe(true);
    const read: Uint8Array[] = [];
    for await (const bytes of readRun(mesh.nc, { bucket: target.bucket, run: manifest, start: 0, end: manifest.size }))
      read.push(bytes);
    expect(decodeParts(Buffer.concat(read).toString("utf8")).map(({ partNumber }) => partNumber)).toEqual(numbers);
    await api.settled();
    expect(await mesh.rows(upload.uploadId)).toEqual(["upload"]);
    expect(multipart.endpoints.CompleteMultipartUpload.timeoutMs).toBeGreaterThan(5_000);
  });
});
