import type { StoredObject } from "@holdfast/contracts";
import { describe, expect, test } from "vitest";
import { decodeRecord, encodeRecord, encodeTombstone, type NewRecord, retagRecord } from "./record.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const at = { sequence: 7, timeMs: 1_700_000_000_123 };

const base: NewRecord = {
  key: "a/ü 😀",
  etag: "0123456789abcdef0123456789abcdef",
  size: 3,
  lastModified: 1_700_000_000_000,
  headers: { "content-type": "text/plain" },
  userMetadata: { colour: "blué", __proto__: "x" },
  tags: [{ key: "k&=", value: "v +%" }],
  storageClass: "GLACIER",
  checksum: { algorithm: "CRC32C", type: "FULL_OBJECT", value: "AAAAAA==" },
  sha256: "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
  data: { kind: "run", run: { id: "nuid1", size: 3, chunks: 1, chunkSize: 1024, sequences: "Aw" } },
};

function decodeObject(text: string): StoredObject {
  const record = decodeRecord(bytes(text), at);
  if (record.kind !== "object") throw new Error(record.kind);
  return record.object;
}

describe("a record", () => {
  test("gives back everything that was written", () => {
    expect(decodeObject(encodeRecord("b.c", base))).toEqual({ ...base, versionId: "null", sequence: 7 });
  });

  test("keeps user metadata of any name", () => {
    const object = { ...base, userMetadata: Object.fromEntries([["__proto__", "x"]]) };
    expect(Object.entries(decodeObject(encodeRecord("b", object)).userMetadata)).toEqual([["__proto__", "x"]]);
  });

  test.for([
    {
      kind: "parts",
      uploadId: "upload-0123456789",
      parts: [
        {
          partNumber: 3,
          etag: base.etag,
          run: { id: "u.3.x", size: 3, chunks: 1, chunkSize: 9, sequences: "Aw" },
          checksum: "AA==",
        },
      ],
    },
    {
      kind: "manifest",
      uploadId: "upload-0123456789",
      partCount: 10_000,
      manifest: { id: "u.manifest", size: 9, chunks: 1, chunkSize: 9 },
    },
  ] as const)("gives back data of kind $kind", (data) => {
    const { sha256: _, ...rest } = base;
    const object: NewRecord = { ...rest, data: structuredClone(data) as StoredObject["data"] };
    expect(decodeObject(encodeRecord("b", object)).data).toEqual(data);
  });

  test("of a deleted key says so", () => {
    expect(decodeRecord(bytes(encodeTombstone("b", "k", "n1")), at)).toEqual({ kind: "deleted", key: "k", nuid: "n1" });
  });

  test("of a plain client gets a stable ETag with a dash and the message's time", () => {
    const plain = { name: "k", bucket: "b", nuid: "n", size: 1, chunks: 1, digest: `SHA-256=${base.sha256}` };
    const object = decodeObject(JSON.stringify(plain));
    expect(object.etag).toBe("ba7816bf8f01cfea414140de5dae2223-1");
    expect(object.lastModified).toBe(at.timeMs);
    expect(decodeObject(JSON.stringify({ ...plain, digest: undefined })).etag).toMatch(/^[0-9a-f]{32}-1$/);
  });

  test("that is a link is not an object", () => {
    const link = { name: "k", bucket: "b", options: { link: { bucket: "other", name: "x" } } };
    expect(decodeRecord(bytes(JSON.stringify(link)), at)).toEqual({ kind: "link", key: "k" });
  });

  test("keeps what it does not know when tags change, and its ETag and time", () => {
    const plain = JSON.stringify({
      name: "k",
      nuid: "n",
      size: 0,
      chunks: 0,
      description: "d",
      metadata: { mine: "1" },
    });
    const object = decodeObject(plain);
    const text = retagRecord(bytes(plain), object, [{ key: "a", value: "b" }]);
    expect(JSON.parse(text)).toMatchObject({ description: "d", metadata: { mine: "1" } });
    const later = decodeRecord(bytes(text), { sequence: 9, timeMs: at.timeMs + 5_000 });
    expect(later).toMatchObject({
      object: { etag: object.etag, lastModified: at.timeMs, tags: [{ key: "a", value: "b" }] },
    });
  });

  test.for([
    "",
    "null",
    "[]",
    "{",
    '"x"',
    "{}",
    '{"name":5}',
    '{"name":"k"}',
    '{"name":"k","nuid":"a.>"}',
    '{"name":"k","nuid":"n","size":-1,"chunks":0}',
    '{"name":"k","nuid":"n","size":1}',
    '{"name":"k","nuid":"n","size":1,"chunks":0,"metadata":{"s3.parts":"[]"}}',
    '{"name":"k","nuid":"n","size":1,"chunks":0,"metadata":{"s3.parts":"[[1,\\"e\\",[\\"a.*\\",1,1,1]]]"}}',
    '{"name":"k","nuid":"n","size":1,"chunks":0,"metadata":{"s3.manifest":"x"}}',
  ])("that reads %s is unreadable by name", (text) => {
    expect(() => decodeRecord(bytes(text), at)).toThrow(expect.objectContaining({ code: "UnreadableRecord" }));
  });
});
