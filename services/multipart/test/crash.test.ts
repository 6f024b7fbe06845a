import { fail } from "@holdfast/micro";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweep } from "../src/sweep.ts";
import { begin, MiB, putPart, startMesh } from "./harness.ts";
import type { Instance, Mesh } from "./harness.ts";

let mesh: Mesh;
let healthy: Instance;
let target: { bucket: string; bucketId: string };

beforeAll(async () => {
  mesh = await startMesh();
  healthy = await mesh.instance();
  target = await mesh.newBucket();
});
afterAll(() => mesh[Symbol.asyncDispose]());

const never = () => new Promise<never>(() => {});

async function onePart(key: string) {
  const upload = await begin(healthy, target, key);
  const { partNumber, etag } = await putPart(mesh, healthy, upload, 1);
  return { ...upload, parts: [{ partNumber, etag }] };
}

/** Begins a Complete that gets no further than its commit, as if its process were killed there. */
async function strand(upload: Awaited<ReturnType<typeof onePart>>, commitLands: boolean) {
  const reached = Promise.withResolvers<void>();
  const dying = await mesh.instance({
    async CommitObject(input) {
      if (commitLands) await mesh.objects.CommitObject(input);
      reached.resolve();
      return never();
    },
  });
  void dying.CompleteMultipartUpload(upload);
  await reached.promise;
}

describe("a process that dies in the middle of a Complete", () => {
  test("before its commit landed: a retry on another instance commits once", async () => {
    const upload = await onePart("not landed");
    const before = mesh.objects.commits.length;
    await strand(upload, false);
    const answer = await healthy.CompleteMultipartUpload(upload);
    expect(answer.size).toBe(5 * MiB);
    expect(mesh.objects.commits.length - before).toBe(1);
  });

  test("after its commit landed: a retry finds the object, commits nothing and answers what the record says", async () => {
    const upload = await onePart("landed");
    await strand(upload, true);
    const before = mesh.objects.commits.length;
    const answer = await healthy.CompleteMultipartUpload(upload);
    expect(mesh.objects.commits.length).toBe(before);
    const record = await mesh.objects.record(target.bucket, "landed");
    expect(answer).toMatchObject({ etag: record?.etag, lastModified: record?.lastModified });
  });

  test("while it chose the parts: a retry takes the upload over", async () => {
    const upload = await onePart("choosing");
    const reached = Promise.withResolvers<void>();
    const dying = await mesh.instance({
      DescribeBucket() {
        reached.resolve();
        return never();
      },
    });
    void dying.CompleteMultipartUpload(upload);
    await reached.promise;
    await expect(healthy.CompleteMultipartUpload(upload)).resolves.toMatchObject({ size: 5 * MiB });
  });

  test.for([true, false])(
    "and another write of the key since then (landed: %j): the retry ends with ConditionalRequestConflict and commits nothing over it",
    async (landed) => {
      const key = `foreign ${landed}`;
      const upload = await onePart(key);
      await strand(upload, landed);
      await mesh.objects.overwrite(target.bucket, key);
      const before = mesh.objects.commits.length;
      await expect(healthy.CompleteMultipartUpload(upload)).rejects.toMatchObject({
        code: "ConditionalRequestConflict",
      });
      expect(mesh.objects.commits.length).toBe(before);
      expect((await mesh.objects.record(target.bucket, key))?.etag).toBe("0".repeat(32));
      await expect(healthy.CompleteMultipartUpload(upload)).rejects.toMatchObject({
        code: "ConditionalRequestConflict",
      });
      await expect(healthy.AbortMultipartUpload(upload)).rejects.toMatchObject({ code: "NoSuchUpload" });
    },
  );

  test("and a deletion of the object since then: the retry does not bring it back", async () => {
    const upload = await onePart("deleted since");
    await strand(upload, true);
    await mesh.objects.overwrite(target.bucket, "deleted since", { deleted: true });
    await expect(healthy.CompleteMultipartUpload(upload)).rejects.toMatchObject({ code: "ConditionalRequestConflict" });
    expect(await mesh.objects.record(target.bucket, "deleted since")).toMatchObject({ deleted: true });
  });

  test("leaves an upload that Abort does not tear apart: it is carried forward, and Abort loses", async () => {
    const upload = await onePart("abort after");
    await strand(upload, false);
    await expect(healthy.AbortMultipartUpload(upload)).rejects.toMatchObject({ code: "NoSuchUpload" });
    expect(await mesh.objects.record(target.bucket, "abort after")).toMatchObject({ uploadId: upload.uploadId });
  });

  test("and nobody retries: the sweep finishes it", async () => {
    const upload = await onePart("swept");
    await strand(upload, false);
    await sweep(healthy.parts, { expiryMs: 1e9, strandedMs: 0, endedWithinMs: 0 });
    expect(await mesh.objects.record(target.bucket, "swept")).toMatchObject({ uploadId: upload.uploadId });
    await expect(healthy.CompleteMultipartUpload(upload)).resolves.toBeDefined();
  });

  test("and its bytes are gone: the sweep asks until the upload expires, then ends it and frees nothing itself", async () => {
    const upload = await onePart("undecidable");
    await strand(upload, false);
    const broken = await mesh.instance({
      async CommitObject() {
        throw fail("SlowDown", "the bytes to commit are not in the bucket");
      },
    });
    const options = { strandedMs: 0, endedWithinMs: 0 };
    const live = async () => (await healthy.ListLiveUploads({ bucket: target.bucket })).uploadIds;
    await sweep(broken.parts, { ...options, expiryMs: 1e9 });
    expect(await live()).toContain(upload.uploadId);
    await sweep(broken.parts, { ...options, expiryMs: 0 });
    expect(await live()).not.toContain(upload.uploadId);
    expect(Object.keys(await mesh.chunks(target.bucket)).join()).toContain(upload.uploadId);
  });

  test("with a commit that arrives long after: it lands on nothing", async () => {
    const upload = await onePart("late");
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const slow = await mesh.instance({
      async CommitObject(input) {
        reached.resolve();
        await gate.promise;
        return mesh.objects.CommitObject(input);
      },
    });
    const first = slow.CompleteMultipartUpload(upload);
    await reached.promise;
    const second = await healthy.CompleteMultipartUpload(upload);
    const before = mesh.objects.commits.length;
    gate.resolve();
    expect(await first).toEqual(second);
    expect(mesh.objects.commits.length).toBe(before);
  });
});

describe("an answer that got lost", () => {
  test("of a commit that landed, or did not: the same call finds out and answers success", async () => {
    for (const landed of [true, false]) {
      const upload = await onePart(`lost ${landed}`);
      let calls = 0;
      const unlucky = await mesh.instance({
        async CommitObject(input) {
          if (++calls > 1) return mesh.objects.CommitObject(input);
          if (landed) await mesh.objects.CommitObject(input);
          throw fail("RequestTimeout", "no answer");
        },
      });
      await expect(unlucky.CompleteMultipartUpload(upload)).resolves.toMatchObject({ size: 5 * MiB });
    }
  });
});
