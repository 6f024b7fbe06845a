import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweep } from "../src/sweep.ts";
import { begin, putPart, startMesh } from "./harness.ts";
import type { Instance, Mesh } from "./harness.ts";

let mesh: Mesh;
let api: Instance;
let target: { bucket: string; bucketId: string };
let clock = Date.now();

beforeAll(async () => {
  mesh = await startMesh();
  api = await mesh.instance({}, { now: () => clock });
  target = await mesh.newBucket();
});
afterAll(() => mesh[Symbol.asyncDispose]());

const week = 7 * 86_400_000;
const pass = () => sweep(api.parts, { expiryMs: week, strandedMs: 60_000, endedWithinMs: Infinity });

describe("the sweep", () => {
  test("aborts uploads older than the expiry, rows and bytes, and leaves younger ones", async () => {
    const old = await begin(api, target, "old");
    await putPart(mesh, api, old, 1);
    clock += week - 1000;
    const young = await begin(api, target, "young");
    await putPart(mesh, api, young, 1);
    expect(await pass()).toMatchObject({ expired: 0 });
    clock += 2000;
    expect(await pass()).toMatchObject({ expired: 1 });
    await expect(api.ListParts(old)).rejects.toMatchObject({ code: "NoSuchUpload" });
    expect((await api.ListParts(young)).parts.length).toBe(1);
    const chunks = Object.keys(await mesh.chunks(target.bucket)).join();
    expect(chunks).not.toContain(old.uploadId);
    expect(chunks).toContain(young.uploadId);
  });

  test("on several instances at once aborts each upload once", async () => {
    const uploads = await Promise.all(Array.from({ length: 20 }, (_, i) => begin(api, target, `many ${i}`)));
    clock += week;
    const others = await Promise.all([1, 2].map(() => mesh.instance({}, { now: () => clock })));
    const passes = await Promise.all(
      [api, ...others].map(({ parts }) => sweep(parts, { expiryMs: week, strandedMs: 0, endedWithinMs: 0 })),
    );
    expect(passes.reduce((sum, { expired }) => sum + expired, 0)).toBe(uploads.length + 1); // and the young one of above
  });

  test("removes uploads of buckets that are gone, or that have another id by now", async () => {
    const gone = await mesh.newBucket();
    const reborn = await mesh.newBucket();
    const uploads = await Promise.all([begin(api, gone), begin(api, reborn)]);
    for (const { bucket } of [gone, reborn]) await mesh.objects.deleteBucket(bucket);
    await mesh.objects.createBucket(reborn.bucket);
    expect(await pass()).toMatchObject({ removed: 2 });
    for (const { uploadId } of uploads) expect(await mesh.rows(uploadId)).toEqual([]);
  });

  test("keeps the bytes of what may be an object when its bucket has another id all of a sudden", async () => {
    const bucket = await mesh.newBucket();
    const completed = await begin(api, bucket, "completed");
    const { etag } = await putPart(mesh, api, completed, 1);
    await api.CompleteMultipartUpload({ ...completed, parts: [{ partNumber: 1, etag }] });
    const open = await begin(api, bucket, "open");
    await putPart(mesh, api, open, 1);
    // as when an operator's edit drops the stream's metadata
    const DescribeBucket: typeof api.parts.objects.DescribeBucket = async (input) => {
      const described = await api.parts.objects.DescribeBucket(input);
      return input.bucket === bucket.bucket ? { ...described, id: "another" } : described;
    };
    const objects = { ...api.parts.objects, DescribeBucket };
    await sweep({ ...api.parts, objects }, { expiryMs: week, strandedMs: 60_000, endedWithinMs: 0 });
    const chunks = Object.keys(await mesh.chunks(bucket.bucket)).join();
    expect(chunks).toContain(completed.uploadId);
    expect(chunks).not.toContain(open.uploadId);
  });

  test("removes the row of a part that was recorded in the moment of the abort", async () => {
    const upload = await begin(api, target, "late part");
    await api.AbortMultipartUpload(upload);
    const etag = createHash("md5").digest("hex");
    const run = { id: `${upload.uploadId}.1.r`, size: 0, chunks: 0, chunkSize: 0 };
    await api.parts.uploads.writePart(upload, { partNumber: 1, etag, run, lastModified: clock, replaced: [] }, 0);
    await pass();
    expect(await mesh.rows(upload.uploadId)).toEqual(["upload"]);
  });

  test("goes on after an upload that it cannot sweep", async () => {
    await Promise.all([begin(api, target, "1"), begin(api, target, "2")]);
    clock += week;
    let failed = false;
    const flaky = {
      ...api.parts,
      chunks: {
        ...api.parts.chunks,
        async purgeUpload(upload: { bucket: string; uploadId: string }) {
          if (!failed) {
            failed = true;
            throw new Error("no leader");
          }
          await api.parts.chunks.purgeUpload(upload);
        },
      },
    };
    expect(await sweep(flaky, { expiryMs: week, strandedMs: 0, endedWithinMs: 0 })).toMatchObject({ expired: 1 });
  });
});
