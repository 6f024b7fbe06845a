import { checksumOf, compositeChecksum } from "@holdfast/s3-protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { begin, MiB, putPart, startMesh } from "./harness.ts";
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

type Algorithm = Parameters<typeof checksumOf>[0];
const contents = ["a".repeat(5 * MiB), "b".repeat(5 * MiB), "the end"];
const whole = Buffer.from(contents.join(""));

async function uploadWith(algorithm: Algorithm, type?: "COMPOSITE" | "FULL_OBJECT") {
  const upload = await begin(api, target, `${algorithm} ${type}`, { checksumAlgorithm: algorithm, checksumType: type });
  const parts = [];
  for (const [i, content] of contents.entries()) {
    const checksum = { algorithm, value: checksumOf(algorithm, Buffer.from(content)) };
    const { partNumber, etag } = await putPart(mesh, api, upload, i + 1, { content, size: content.length, checksum });
    parts.push({ partNumber, etag, checksum });
  }
  return { ...upload, parts };
}

describe("CompleteMultipartUpload with checksums", () => {
  test.for(["CRC32", "CRC32C", "CRC64NVME"] as const)(
    "combines the parts' %s into that of the whole object",
    async (algorithm) => {
      const upload = await uploadWith(algorithm, "FULL_OBJECT");
      const value = checksumOf(algorithm, whole);
      const wrong = { algorithm, type: "FULL_OBJECT" as const, value: checksumOf(algorithm, Buffer.from("else")) };
      await expect(api.CompleteMultipartUpload({ ...upload, checksum: wrong })).rejects.toMatchObject({
        code: "BadDigest",
      });
      const parts = upload.parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
      const answer = await api.CompleteMultipartUpload({ ...upload, parts, checksum: { ...wrong, value } });
      expect(answer.checksum).toEqual({ algorithm, type: "FULL_OBJECT", value });
    },
  );

  test.for(["CRC32", "CRC32C", "SHA1", "SHA256"] as const)(
    "makes a composite %s of the parts' own",
    async (algorithm) => {
      const upload = await uploadWith(algorithm);
      const value = compositeChecksum(
        algorithm,
        upload.parts.map(({ checksum }) => checksum.value),
      );
      const answer = await api.CompleteMultipartUpload(upload);
      expect(answer.checksum).toEqual({ algorithm, type: "COMPOSITE", value });
      expect(value).toMatch(/-3$/);
      expect(mesh.objects.commits.at(-1)).toMatchObject({ checksum: answer.checksum });
    },
  );

  test("verifies a composite checksum that the client gives, with or without the number of parts", async () => {
    const upload = await uploadWith("SHA256");
    const value = compositeChecksum(
      "SHA256",
      upload.parts.map(({ checksum }) => checksum.value),
    );
    const given = (text: string) => ({ algorithm: "SHA256" as const, type: "COMPOSITE" as const, value: text });
    const wrong = given(checksumOf("SHA256", Buffer.from("else")));
    await expect(api.CompleteMultipartUpload({ ...upload, checksum: wrong })).rejects.toMatchObject({
      code: "BadDigest",
    });
    await expect(
      api.CompleteMultipartUpload({ ...upload, checksum: given(value.replace("-3", "")) }),
    ).resolves.toBeDefined();
  });

  test("refuses a part with another checksum as InvalidPart, and one without where the type is COMPOSITE", async () => {
    const upload = await uploadWith("SHA256");
    const [first, ...rest] = upload.parts;
    if (first === undefined) throw new Error("no part");
    const other = { ...first, checksum: { ...first.checksum, value: checksumOf("SHA256", Buffer.from("else")) } };
    await expect(api.CompleteMultipartUpload({ ...upload, parts: [other, ...rest] })).rejects.toMatchObject({
      code: "InvalidPart",
    });
    const { partNumber, etag } = first;
    await expect(
      api.CompleteMultipartUpload({ ...upload, parts: [{ partNumber, etag }, ...rest] }),
    ).rejects.toMatchObject({
      code: "InvalidRequest",
    });
  });

  test("refuses a whole-object checksum of another algorithm or type than the upload's", async () => {
    const upload = await uploadWith("CRC32", "FULL_OBJECT");
    const value = checksumOf("CRC32", whole);
    for (const checksum of [
      { algorithm: "CRC32C" as const, type: "FULL_OBJECT" as const, value },
      { algorithm: "CRC32" as const, type: "COMPOSITE" as const, value },
    ]) {
      await expect(api.CompleteMultipartUpload({ ...upload, checksum })).rejects.toMatchObject({
        code: "InvalidRequest",
      });
    }
  });
});
