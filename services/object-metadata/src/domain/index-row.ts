/**
 * What the index keeps of an object, and its bytes: small, because a page reads a thousand of them and a bucket may have millions. Pure.
 *
 *     0  checksum code, 0x80 when the object is made of parts     25  ETag, 16 bytes of its hex digits
 *     1  sequence  (double)                                       41  length and text: what follows the digits of the ETag
 *     9  size      (double)                                        .  length and text: storage class, empty for STANDARD
 *    17  modified  (double)                                        .  length and text: nuid
 */
import type { Checksum, StoredObject } from "@holdfast/contracts";

/** What the index knows of an object. */
export type IndexEntry = Pick<StoredObject, "sequence" | "etag" | "size" | "lastModified" | "storageClass"> & {
  readonly checksum: Omit<Checksum, "value"> | undefined;
  /** The run's id, or the upload's. */
  readonly nuid: string;
  readonly isParts: boolean;
};

const partsFlag = 0x80;
const [sequenceAt, sizeAt, modifiedAt, etagAt, textsAt] = [1, 9, 17, 25, 41];
const hexDigits = 32;

/** Their place is their code: add at the end only. */
const checksums: readonly (IndexEntry["checksum"] | undefined)[] = [
  undefined,
  { algorithm: "CRC32", type: "FULL_OBJECT" },
  { algorithm: "CRC32", type: "COMPOSITE" },
  { algorithm: "CRC32C", type: "FULL_OBJECT" },
  { algorithm: "CRC32C", type: "COMPOSITE" },
  { algorithm: "CRC64NVME", type: "FULL_OBJECT" },
  { algorithm: "CRC64NVME", type: "COMPOSITE" },
  { algorithm: "SHA1", type: "FULL_OBJECT" },
  { algorithm: "SHA1", type: "COMPOSITE" },
  { algorithm: "SHA256", type: "FULL_OBJECT" },
  { algorithm: "SHA256", type: "COMPOSITE" },
];

export function encodeRow(entry: IndexEntry): Buffer {
  const { sequence, etag, size, lastModified, storageClass, checksum, nuid, isParts } = entry;
  const tail = etag.slice(hexDigits);
  const kept = storageClass === "STANDARD" ? "" : storageClass;
  const keptBytes = Buffer.byteLength(kept);
  const row = Buffer.allocUnsafe(textsAt + 3 + tail.length + keptBytes + nuid.length);
  row[0] = codeOf(checksum) | (isParts ? partsFlag : 0);
  row.writeDoubleBE(sequence, sequenceAt);
  row.writeDoubleBE(size, sizeAt);
  row.writeDoubleBE(lastModified, modifiedAt);
  row.write(etag.slice(0, hexDigits), etagAt, "hex");
  let at = textsAt;
  row[at] = tail.length;
  at += 1 + row.write(tail, at + 1, "latin1");
  row[at] = keptBytes;
  at += 1 + row.write(kept, at + 1, "utf8");
  row[at] = nuid.length;
  row.write(nuid, at + 1, "latin1");
  return row;
}

/** Of a row, which may lie at the start of a longer buffer. Copies what it takes. */
export function decodeRow(row: Buffer): IndexEntry {
  const tailEnd = textsAt + 1 + (row[textsAt] ?? 0);
  const keptEnd = tailEnd + 1 + (row[tailEnd] ?? 0);
  const digits = row.toString("hex", etagAt, textsAt);
  const code = row[0] ?? 0;
  return {
    sequence: row.readDoubleBE(sequenceAt),
    etag: tailEnd === textsAt + 1 ? digits : digits + row.toString("latin1", textsAt + 1, tailEnd),
    size: row.readDoubleBE(sizeAt),
    lastModified: row.readDoubleBE(modifiedAt),
    storageClass: keptEnd === tailEnd + 1 ? "STANDARD" : row.toString("utf8", tailEnd + 1, keptEnd),
    checksum: checksums[code & ~partsFlag],
    nuid: row.toString("latin1", keptEnd + 1, keptEnd + 1 + (row[keptEnd] ?? 0)),
    isParts: (code & partsFlag) !== 0,
  };
}

function codeOf(checksum: IndexEntry["checksum"]): number {
  if (checksum === undefined) return 0;
  const { algorithm, type } = checksum;
  return checksums.findIndex((known) => known?.algorithm === algorithm && known.type === type);
}
