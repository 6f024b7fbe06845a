/** Schemas that several contracts share. What S3 bounds has a schema of its own. Limits are S3's unless said otherwise. */
import { z } from "zod";

/** An S3 bucket name as the client sends it. The rules of S3 are checked at the edge; here: what a subject may hold. */
export const BucketName = z.string().regex(/^[a-zA-Z0-9._-]{1,255}$/);
/** An object key: UTF-8, 1 to 1,024 bytes. */
export const Key = z
  .string()
  .min(1)
  .refine((key) => Buffer.byteLength(key) <= 1024, "longer than 1,024 bytes");
export const UploadId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);
export const PartNumber = z.int().min(1).max(10_000);
/** Without quotes: 32 hex digits, or `<32 hex digits>-<parts>`. */
export const ETag = z.string().regex(/^[0-9a-f]{32}(-\d{1,5})?$/);
/** Bytes. 5 TiB is S3's largest object. */
export const Size = z
  .int()
  .min(0)
  .max(5 * 1024 ** 4);
/** Milliseconds since the epoch. */
export const EpochMs = z.int().min(0);
export const UserName = z.string().regex(/^[\w+=,.@-]{1,64}$/);

export const ChecksumAlgorithm = z.enum(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]);
export const ChecksumType = z.enum(["COMPOSITE", "FULL_OBJECT"]);
/** `value` is base64, with `-<parts>` behind it when COMPOSITE. */
export const Checksum = z.object({ algorithm: ChecksumAlgorithm, type: ChecksumType, value: z.string().max(128) });
export type Checksum = z.output<typeof Checksum>;

export const Tag = z.object({ key: z.string().min(1).max(128), value: z.string().max(256) });
export type Tag = z.output<typeof Tag>;

/** What a client gives with an object and gets back with it. */
export const ObjectAttributes = z.object({
  /** Content-Type, Content-Encoding, Content-Language, Content-Disposition, Cache-Control, Expires: lower-case names. */
  headers: z.record(z.string(), z.string()).default({}),
  /** `x-amz-meta-*` without the prefix, lower-case names. */
  userMetadata: z.record(z.string(), z.string()).default({}),
  tags: z.array(Tag).max(10).default([]),
  storageClass: z.string().max(32).default("STANDARD"),
});
export type ObjectAttributes = z.output<typeof ObjectAttributes>;

/**
 * Where a run of bytes lies: chunks under `$O.<bucket>.C.<id>`, each `chunkSize` bytes but the last.
 * `sequences` are the chunks' stream sequences (delta-encoded, see object-layout); absent for objects that a plain
 * Object Store client wrote.
 */
export const ChunkRun = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/)
    .max(128),
  size: Size,
  chunks: z.int().min(0),
  chunkSize: z.int().min(0),
  sequences: z.string().optional(),
});
export type ChunkRun = z.output<typeof ChunkRun>;

/** One part of a completed upload, in the order of the object's bytes. */
export const ObjectPart = z.object({
  partNumber: PartNumber,
  etag: ETag,
  run: ChunkRun,
  /** The part's own checksum, base64, in the object's algorithm. */
  checksum: z.string().max(128).optional(),
});
export type ObjectPart = z.output<typeof ObjectPart>;

/** Conditions of a write, decided by one compare-and-set on the record. ETags without quotes; `*` as S3 defines it. */
export const WriteConditions = z.object({
  ifMatch: z.string().max(256).optional(),
  ifNoneMatch: z.literal("*").optional(),
});
export type WriteConditions = z.output<typeof WriteConditions>;

/** Errors that any call on an existing bucket can meet. */
export const bucketErrors = {
  NoSuchBucket: { status: 404 },
  SlowDown: { status: 503, retryable: true },
} as const;
