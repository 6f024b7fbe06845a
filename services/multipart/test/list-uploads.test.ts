import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { begin, startMesh } from "./harness.ts";
import type { Instance, Mesh } from "./harness.ts";

let mesh: Mesh;
let api: Instance;
let target: { bucket: string; bucketId: string };
let clock = Date.parse("2026-01-01T00:00:00Z");

beforeAll(async () => {
  mesh = await startMesh();
  api = await mesh.instance({}, { now: () => clock++ });
  target = await mesh.newBucket();
  for (const key of ["b", "a/2", "a/1", "b", "c/x/1", "c/x/2", "c/y", "é", "\u{1f600}", "\uffee"])
    await begin(api, target, key);
});
afterAll(() => mesh[Symbol.asyncDispose]());

const list = (query: Partial<Parameters<typeof api.ListMultipartUploads>[0]> = {}) =>
  api.ListMultipartUploads({ ...target, ...query });

describe("ListMultipartUploads", () => {
  test("orders by key in UTF-8 bytes, then by initiation", async () => {
    const { uploads, isTruncated } = await list();
    expect(uploads.map(({ key }) => key)).toEqual([
      "a/1",
      "a/2",
      "b",
      "b",
      "c/x/1",
      "c/x/2",
      "c/y",
      "é",
      "\uffee",
      "\u{1f600}",
    ]);
    const [first, second] = uploads.filter(({ key }) => key === "b");
    expect(first?.initiated).toBeLessThan(second?.initiated ?? 0);
    expect(isTruncated).toBe(false);
  });

  test("rolls keys up to common prefixes and counts each as one", async () => {
    expect(await list({ delimiter: "/" })).toMatchObject({ commonPrefixes: ["a/", "c/"], isTruncated: false });
    expect(await list({ delimiter: "/", prefix: "c/" })).toMatchObject({
      commonPrefixes: ["c/x/"],
      uploads: [{ key: "c/y" }],
    });
    expect(await list({ delimiter: "/", maxUploads: 1 })).toMatchObject({
      commonPrefixes: ["a/"],
      isTruncated: true,
      nextKeyMarker: "a/",
      nextUploadIdMarker: "",
    });
  });

  test.for([
    [1, ""],
    [2, ""],
    [3, ""],
    [1, "/"],
    [2, "/"],
  ] as const)("shows everything once when paged by %d with delimiter %j", async ([maxUploads, delimiter]) => {
    const all = await list({ delimiter });
    const uploads: string[] = [];
    const prefixes: string[] = [];
    let keyMarker = "";
    let uploadIdMarker = "";
    for (;;) {
      const page = await list({ delimiter, maxUploads, keyMarker, uploadIdMarker });
      expect(page.uploads.length + page.commonPrefixes.length).toBeLessThanOrEqual(maxUploads);
      uploads.push(...page.uploads.map(({ uploadId }) => uploadId));
      prefixes.push(...page.commonPrefixes);
      if (!page.isTruncated) break;
      keyMarker = page.nextKeyMarker ?? "";
      uploadIdMarker = page.nextUploadIdMarker ?? "";
    }
    expect(uploads).toEqual(all.uploads.map(({ uploadId }) => uploadId));
    expect(prefixes).toEqual(all.commonPrefixes);
  });

  test("goes on behind the key marker, and within its key only with an upload id marker", async () => {
    const [first] = (await list({ prefix: "b" })).uploads;
    expect((await list({ keyMarker: "b", prefix: "b" })).uploads).toEqual([]);
    expect((await list({ keyMarker: "b", uploadIdMarker: first?.uploadId, prefix: "b" })).uploads.length).toBe(1);
    // S3 ignores upload-id-marker without key-marker
    expect((await list({ uploadIdMarker: first?.uploadId, prefix: "b" })).uploads.length).toBe(2);
  });

  test("shows neither ended uploads nor those of another bucket or an earlier one of the same name", async () => {
    const ended = await begin(api, target, "b");
    await api.AbortMultipartUpload(ended);
    expect((await list({ prefix: "b" })).uploads.map(({ uploadId }) => uploadId)).not.toContain(ended.uploadId);
    expect((await list({ bucketId: "another" })).uploads).toEqual([]);
    const other = await mesh.newBucket();
    expect((await api.ListMultipartUploads(other)).uploads).toEqual([]);
  });

  test("answers an empty page for max-uploads 0", async () => {
    expect(await list({ maxUploads: 0 })).toMatchObject({ uploads: [], commonPrefixes: [], isTruncated: false });
  });

  test("reads the uploads of a bucket once for all that wait: forty at a time do not overwhelm the connection", async () => {
    const many = await mesh.newBucket();
    const attributes = { headers: {}, userMetadata: { pad: "x".repeat(4_000) }, tags: [], storageClass: "STANDARD" };
    const upload = (i: number) => ({ ...many, key: `key ${i}`, owner: "ann", attributes });
    await Promise.all(Array.from({ length: 800 }, (_, i) => api.CreateMultipartUpload(upload(i))));
    const pages = await Promise.all(Array.from({ length: 40 }, () => api.ListMultipartUploads(many)));
    expect(pages.map(({ uploads }) => uploads.length)).toEqual(pages.map(() => 800));
    expect(await readFile(join(mesh.nats.storeDir, "nats-server.log"), "utf8")).not.toContain("Slow Consumer");
  }, 60_000);

  test("lists 2,500 uploads without a consumer", async () => {
    const many = await mesh.newBucket();
    await Promise.all(Array.from({ length: 2500 }, (_, i) => begin(api, many, `key ${i}`)));
    expect((await api.ListLiveUploads({ bucket: many.bucket })).uploadIds.length).toBe(2500);
    const page = await api.ListMultipartUploads(many);
    expect(page.uploads.length).toBe(1000);
    expect(page.isTruncated).toBe(true);
  });
});
