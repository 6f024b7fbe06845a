import { describe, expect, test } from "vitest";
import { decodeRow, encodeRow, type IndexEntry } from "./index-row.ts";

const plain: IndexEntry = {
  sequence: 7,
  etag: "0123456789abcdef0123456789abcdef",
  size: 4096,
  lastModified: 1_763_730_000_123,
  storageClass: "STANDARD",
  checksum: undefined,
  nuid: "ABCDEFGHIJKLMNOPQRSTUV",
  isParts: false,
};

describe("a row of the index", () => {
  test.for<[string, Partial<IndexEntry>]>([
    ["an object of one run", {}],
    ["an object made of parts", { isParts: true, etag: `${plain.etag}-10000`, nuid: "upload_1" }],
    ["an ETag with a part count of an odd form", { etag: `${plain.etag}-00012` }],
    ["a storage class beyond ASCII", { storageClass: "GLÄCIER" }],
    ["a checksum", { checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT" } }],
    ["a composite checksum", { checksum: { algorithm: "SHA256", type: "COMPOSITE" }, isParts: true }],
    ["numbers that a plain client may have written", { size: 2 ** 53 - 1, lastModified: 8.64e15, sequence: 2 ** 52 }],
    ["all at once", { etag: `${plain.etag}-2`, storageClass: "GLACIER_IR", nuid: "n".repeat(128), size: 0 }],
  ])("keeps %s", ([, change]) => {
    const entry = { ...plain, ...change };
    expect(decodeRow(encodeRow(entry))).toEqual(entry);
    // as LMDB lends it: at the start of a buffer with other things behind
    expect(decodeRow(Buffer.concat([encodeRow(entry), Buffer.from("more")]))).toEqual(entry);
  });

  test("takes 66 bytes for an ordinary object", () => {
    expect(encodeRow(plain)).toHaveLength(66);
  });
});
