import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const noSuchUpload = { code: "NoSuchUpload" };

describe("CreateMultipartUpload", () => {
  test("keeps what the upload was begun with", async () => {
    const upload = await begin(api, target, "kept", { checksumAlgorithm: "CRC32" });
    expect(upload.uploadId).toMatch(/^[A-Za-z0-9_-]{29}$/);
    expect(await api.DescribeUpload(upload)).toMatchObject({
      owner: "ada",
      attributes,
      checksumAlgorithm: "CRC32",
      checksumType: "COMPOSITE",
    });
  });

  test.for([
    ["SHA256", "FULL_OBJECT"],
    ["CRC64NVME", "COMPOSITE"],
    [undefined, "FULL_OBJECT"],
  ] as const)("refuses %s with %s as InvalidRequest", async ([checksumAlgorithm, checksumType]) => {
    await expect(begin(api, target, "k", { checksumAlgorithm, checksumType })).rejects.toMatchObject({
      code: "InvalidRequest",
    });
  });
});

describe("an upload", () => {
  test("is only found under its own key, in its own bucket and in that bucket's first life", async () => {
    const upload = await begin(api, target);
    const other = await mesh.newBucket();
    await expect(api.DescribeUpload({ ...upload, key: "another" })).rejects.toMatchObject(noSuchUpload);
    await expect(api.DescribeUpload({ ...upload, bucket: other.bucket })).rejects.toMatchObject(noSuchUpload);
    await expect(api.DescribeUpload({ ...upload, bucket: upload.bucket.replaceAll(".", "_") })).rejects.toMatchObject(
      noSuchUpload,
    );
    await expect(api.DescribeUpload({ ...upload, bucketId: other.bucketId })).rejects.toMatchObject(noSuchUpload);
    await expect(api.DescribeUpload({ ...upload, bucketId: target.bucketId })).resolves.toBeDefined();
  });

  test("answers NoSuchUpload to everything when there never was one", async () => {
    const upload = { bucket: target.bucket, key: "k", uploadId: "never-was-an-upload" };
    await expect(api.DescribeUpload(upload)).rejects.toMatchObject(noSuchUpload);
    await expect(api.ListParts(upload)).rejects.toMatchObject(noSuchUpload);
    await expect(api.AbortMultipartUpload(upload)).rejects.toMatchObject(noSuchUpload);
    await expect(
      api.CompleteMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag: "x" }] }),
    ).rejects.toMatchObject(noSuchUpload);
    await expect(putPart(mesh, api, upload, 1)).rejects.toMatchObject(noSuchUpload);
  });
});

describe("UploadPart", () => {
  test("replaces a part of the same number and frees its chunks", async () => {
    const upload = await begin(api, target);
    const first = await putPart(mesh, api, upload, 7, { content: "first" });
    const second = await putPart(mesh, api, upload, 7, { content: "second" });
    await api.settled();
    const { parts } = await api.ListParts(upload);
    expect(parts).toMatchObject([{ partNumber: 7, etag: second.etag, size: 5 * MiB }]);
    const runs = Object.keys(await mesh.chunks(target.bucket)).join();
    expect(runs).toContain(second.run.id);
    expect(runs).not.toContain(first.run.id);
  });

  test("answers a repetition the same, also a late one whose part was replaced, and brings nothing back", async () => {
    const upload = await begin(api, target);
    const first = await putPart(mesh, api, upload, 1, { content: "same" });
    await expect(api.UploadPart({ ...upload, ...first })).resolves.toMatchObject({ etag: first.etag });
    const second = await putPart(mesh, api, upload, 1, { content: "same" });
    await api.settled();
    await expect(api.UploadPart({ ...upload, ...first })).resolves.toMatchObject({ etag: first.etag });
    await api.settled();
    const stored = await api.parts.uploads.readPart(upload, 1);
    expect(stored?.row.run.id).toBe(second.run.id);
    expect(Object.keys(await mesh.chunks(target.bucket)).join()).toContain(second.run.id);
  });

  test("lets one of many racing writers of a part number win, with its chunks there", async () => {
    const upload = await begin(api, target);
    const another = await mesh.instance();
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => putPart(mesh, i % 2 ? api : another, upload, 1, { content: `racer ${i}` })),
    );
    await Promise.all([api.settled(), another.settled()]);
    const stored = await api.parts.uploads.readPart(upload, 1);
    expect(Object.keys(await mesh.chunks(target.bucket)).join()).toContain(stored?.row.run.id);
    expect(stored?.row.replaced.length).toBe(7);
  });

  test("takes no run that belongs to another part: freeing it later would free that one's bytes", async () => {
    const upload = await begin(api, target);
    const part = await putPart(mesh, api, upload, 1);
    await expect(api.UploadPart({ ...upload, ...part, partNumber: 2 })).rejects.toThrow(/is not of part 2/);
  });

  test("frees the bytes of a part that comes after the abort", async () => {
    const upload = await begin(api, target);
    await api.AbortMultipartUpload(upload);
    await expect(putPart(mesh, api, upload, 1)).rejects.toMatchObject(noSuchUpload);
    await api.settled();
    expect(Object.keys(await mesh.chunks(target.bucket)).join()).not.toContain(upload.uploadId);
  });
});

describe("ListParts", () => {
  test("pages through more parts than one read of the store answers, in order of their numbers", async () => {
    const upload = await begin(api, target);
    const numbers = Array.from({ length: 1500 }, (_, i) => (i + 1) * 6);
    const etag = "0".repeat(32);
    const run = (n: number) => ({ id: `${upload.uploadId}.${n}.r`, size: n, chunks: 1, chunkSize: MiB });
    await Promise.all(
      numbers.map((partNumber) => api.UploadPart({ ...upload, partNumber, etag, run: run(partNumber) })),
    );

    const listed: number[] = [];
    let partNumberMarker: number | undefined = 0;
    let pages = 0;
    while (partNumberMarker !== undefined) {
      const page: Awaited<ReturnType<typeof api.ListParts>> = await api.ListParts({
        ...upload,
        partNumberMarker,
        maxParts: 700,
      });
      listed.push(...page.parts.map(({ partNumber }) => partNumber));
      partNumberMarker = page.isTruncated ? page.nextPartNumberMarker : undefined;
      pages++;
    }
    expect(pages).toBe(3);
    expect(listed).toEqual(numbers);
  });

  test("answers an empty page for max-parts 0 and behind the last part", async () => {
    const upload = await begin(api, target);
    await putPart(mesh, api, upload, 5);
    expect(await api.ListParts({ ...upload, maxParts: 0 })).toMatchObject({ parts: [], isTruncated: false });
    expect(await api.ListParts({ ...upload, partNumberMarker: 5 })).toMatchObject({ parts: [], isTruncated: false });
  });

  test("shows a part as soon as it was acknowledged", async () => {
    const upload = await begin(api, target);
    for (let n = 1; n <= 20; n++) {
      await putPart(mesh, api, upload, n);
      expect((await api.ListParts(upload)).parts.length).toBe(n);
    }
  });
});

describe("AbortMultipartUpload", () => {
  test("frees rows and bytes, and the upload is gone", async () => {
    const upload = await begin(api, target);
    await putPart(mesh, api, upload, 1);
    await putPart(mesh, api, upload, 9_999);
    await api.AbortMultipartUpload(upload);
    expect(await mesh.rows(upload.uploadId)).toEqual(["upload"]); // the tombstone, which expires by itself
    expect(Object.keys(await mesh.chunks(target.bucket)).join()).not.toContain(upload.uploadId);
    await expect(api.AbortMultipartUpload(upload)).rejects.toMatchObject(noSuchUpload);
    await expect(api.ListParts(upload)).rejects.toMatchObject(noSuchUpload);
    const { uploadIds } = await api.ListLiveUploads({ bucket: target.bucket });
    expect(uploadIds).not.toContain(upload.uploadId);
  });
});
