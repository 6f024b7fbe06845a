import { endpoint, service } from "@holdfast/micro/contract";
import { z } from "zod";
import {
  BucketName,
  bucketErrors,
  Checksum,
  ChunkRun,
  EpochMs,
  ETag,
  Key,
  ObjectAttributes,
  ObjectPart,
  PartNumber,
  Size,
  Tag,
  UserName,
  UploadId,
  WriteConditions,
} from "./common.ts";

/** How a bucket's stream is kept. Fixed when the bucket is made, but for `maxBytes` and `maxAgeSeconds`. */
export const BucketStorage = z.object({
  replicas: z.union([z.literal(1), z.literal(3), z.literal(5)]),
  storage: z.enum(["file", "memory"]),
  compression: z.boolean(),
  /** Seconds until an object expires by the stream's own limit; 0: never. */
  maxAgeSeconds: z.int().min(0),
  /** Bytes the stream may hold; -1: no limit. A full bucket refuses writes and loses nothing. */
  maxBytes: z.int().min(-1),
});
export type BucketStorage = z.output<typeof BucketStorage>;

export const Bucket = z.object({
  name: BucketName,
  /** Made anew at each creation: tells a bucket from an earlier one of the same name. */
  id: z.string(),
  /** The user it belongs to; null: made by a plain NATS client, visible to administrators only. */
  owner: UserName.nullable(),
  createdAt: EpochMs,
  /** What the creator gave as LocationConstraint; empty for us-east-1. */
  location: z.string(),
  storage: BucketStorage,
});
export type Bucket = z.output<typeof Bucket>;

/** Core NATS subject on which object-metadata says that a bucket was made, changed or deleted. Body: JSON `{ bucket }`. */
export const bucketChangedSubject = "holdfast.bucket.changed";
export const BucketChanged = z.object({ bucket: BucketName });

/** An object as S3 sees it, with where its bytes lie. */
export const StoredObject = z.object({
  key: Key,
  /** `null` until versioning is built. */
  versionId: z.literal("null").default("null"),
  etag: ETag,
  size: Size,
  lastModified: EpochMs,
  /** Sequence of the record in the bucket's stream: the token of compare-and-set. */
  sequence: z.int().min(0),
  ...ObjectAttributes.shape,
  checksum: Checksum.optional(),
  /** Base64url SHA-256 of the bytes, as ADR-20 keeps it; absent for objects completed from parts. */
  sha256: z.string().optional(),
  /** Sizes and checksums of the parts of a completed upload that was compacted to one run since. */
  compactedParts: z
    .array(z.object({ partNumber: PartNumber, size: Size, checksum: z.string().max(128).optional() }))
    .optional(),
  /** The object's bytes: one run, or the parts of a completed upload in order. */
  data: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("run"), run: ChunkRun }),
    z.object({ kind: z.literal("parts"), uploadId: UploadId, parts: z.array(ObjectPart).min(1).max(10_000) }),
    /** A manifest too long for the record: the JSON of the parts lies in chunks of its own. */
    z.object({
      kind: z.literal("manifest"),
      uploadId: UploadId,
      partCount: z.int().min(1).max(10_000),
      manifest: ChunkRun,
    }),
  ]),
});
export type StoredObject = z.output<typeof StoredObject>;

/** Which bucket: with its id, a later bucket of the same name - somebody else's, maybe - is NoSuchBucket. */
const InBucket = z.object({ bucket: BucketName, bucketId: z.string().optional() });

const NewObject = z.object({
  ...InBucket.shape,
  key: Key,
  attributes: ObjectAttributes,
  checksum: Checksum.optional(),
  conditions: WriteConditions.default({}),
});

const writeErrors = {
  ...bucketErrors,
  PreconditionFailed: { status: 412 },
  ConditionalRequestConflict: { status: 409 },
  NoSuchKey: { status: 404 },
  /** The bucket's byte limit is reached. */
  QuotaExceeded: { status: 403 },
} as const;

const Written = z.object({ etag: ETag, sequence: z.int(), lastModified: EpochMs });

export const objectMetadata = service({
  name: "object-metadata",
  version: "1.0.0",
  description: "Buckets and object records: the only writer of metadata, and the ordered index for listing",
  subject: "object-metadata.v1",
  endpoints: {
    CreateBucket: endpoint({
      summary: "Make a bucket that belongs to a user",
      input: z.object({
        bucket: BucketName,
        owner: UserName,
        location: z.string().default(""),
        /** What is left out is as object-metadata is configured. */
        storage: BucketStorage.partial().default({}),
      }),
      output: Bucket,
      errors: {
        BucketAlreadyExists: { status: 409 },
        BucketAlreadyOwnedByYou: { status: 409 },
        InvalidBucketName: { status: 400 },
        InvalidArgument: { status: 400 },
        SlowDown: { status: 503, retryable: true },
      },
      idempotent: false,
      timeoutMs: 10_000,
    }),
    DescribeBucket: endpoint({
      summary: "Tell whose a bucket is and how it is kept",
      input: z.object({ bucket: BucketName }),
      output: Bucket,
      errors: bucketErrors,
      idempotent: true,
    }),
    ListBuckets: endpoint({
      summary: "List buckets in order of their names",
      input: z.object({
        /** Only this user's; absent: everybody's. */
        owner: UserName.optional(),
        prefix: z.string().default(""),
        maxBuckets: z.int().min(1).max(10_000).default(10_000),
        /** List names after this one. */
        startAfter: z.string().default(""),
      }),
      output: z.object({ buckets: z.array(Bucket), isTruncated: z.boolean() }),
      errors: { SlowDown: { status: 503, retryable: true } },
      idempotent: true,
      timeoutMs: 30_000,
    }),
    DeleteBucket: endpoint({
      summary: "Remove an empty bucket; an acknowledged object is never removed with it",
      input: InBucket,
      output: z.object({}),
      errors: { ...bucketErrors, BucketNotEmpty: { status: 409 }, OperationAborted: { status: 409 } },
      idempotent: false,
      timeoutMs: 10_000,
    }),
    PutObject: endpoint({
      summary: "Store a small object: its bytes are the raw body",
      input: z.object({ ...NewObject.shape, etag: ETag, sha256: z.string() }),
      output: Written,
      errors: writeErrors,
      // Sent twice it would overwrite what another client wrote in between.
      idempotent: false,
      rawBody: "request",
      timeoutMs: 10_000,
    }),
    CommitObject: endpoint({
      summary: "Make an object visible whose bytes are already in the bucket's stream",
      input: z.object({
        ...NewObject.shape,
        etag: ETag,
        size: Size,
        sha256: z.string().optional(),
        data: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("run"), run: ChunkRun }),
          z.object({ kind: z.literal("parts"), uploadId: UploadId, parts: z.array(ObjectPart).min(1).max(10_000) }),
          z.object({
            kind: z.literal("manifest"),
            uploadId: UploadId,
            partCount: z.int().min(1).max(10_000),
            manifest: ChunkRun,
          }),
        ]),
        /**
         * Commit only on top of this record sequence; a completion retried after a crash stays exactly-once by it. 0: there is no
         * record at all. A deleted key has the sequence of its mark, which NoSuchKey of ResolveObject tells in `details.sequence`.
         */
        expectedSequence: z.int().min(0).optional(),
        /** For the event that tells of it; a completed upload is known by its data. */
        createdBy: z.enum(["Put", "Copy"]).default("Put"),
      }),
      output: Written,
      errors: writeErrors,
      idempotent: false,
      timeoutMs: 10_000,
    }),
    ResolveObject: endpoint({
      summary: "Find an object's record, as edges read it by themselves",
      input: z.object({ ...InBucket.shape, key: Key }),
      output: z.object({ object: StoredObject }),
      errors: { ...bucketErrors, NoSuchKey: { status: 404 } },
      idempotent: true,
    }),
    DeleteObject: endpoint({
      summary: "Delete an object; deleting what does not exist succeeds",
      input: z.object({ ...InBucket.shape, key: Key, ifMatch: z.string().max(256).optional() }),
      output: z.object({}),
      errors: {
        ...bucketErrors,
        PreconditionFailed: { status: 412 },
        ConditionalRequestConflict: { status: 409 },
        NoSuchKey: { status: 404 },
      },
      idempotent: false,
    }),
    DeleteObjects: endpoint({
      summary: "Delete up to 1,000 objects; answers for each key, in the order asked",
      input: z.object({
        ...InBucket.shape,
        objects: z
          .array(z.object({ key: Key, ifMatch: z.string().max(256).optional() }))
          .min(1)
          .max(1000),
      }),
      output: z.object({
        results: z.array(z.object({ key: Key, error: z.object({ code: z.string(), message: z.string() }).optional() })),
      }),
      errors: bucketErrors,
      idempotent: false,
      timeoutMs: 30_000,
    }),
    PutObjectTagging: endpoint({
      summary: "Replace an object's tags (an empty list removes them), by compare-and-set on its record",
      input: z.object({ ...InBucket.shape, key: Key, tags: z.array(Tag).max(10) }),
      output: z.object({}),
      errors: { ...bucketErrors, NoSuchKey: { status: 404 } },
      idempotent: true,
    }),
    ListObjects: endpoint({
      summary:
        "One page of a bucket's keys in UTF-8 byte order, fenced: it shows every write acknowledged before the call",
      input: z.object({
        ...InBucket.shape,
        prefix: z.string().default(""),
        delimiter: z.string().default(""),
        /** List what comes after this key (or common prefix), exclusive. */
        startAfter: z.string().default(""),
        maxKeys: z.int().min(0).max(1000).default(1000),
      }),
      output: z.object({
        objects: z.array(
          // plain types: rules for each of a thousand keys cost as much as reading the page, and were applied when they were written
          z.object({
            key: z.string(),
            etag: z.string(),
            size: z.number(),
            lastModified: z.number(),
            storageClass: z.string(),
            checksum: Checksum.omit({ value: true }).optional(),
          }),
        ),
        commonPrefixes: z.array(z.string()),
        isTruncated: z.boolean(),
        /** The last key or common prefix of the page: `startAfter` of the next one. */
        next: z.string().optional(),
      }),
      errors: bucketErrors,
      idempotent: true,
      timeoutMs: 30_000,
    }),
    CompactObject: endpoint({
      summary:
        "Rewrite an object completed from parts as one run of chunks, so that plain Object Store clients can read it",
      input: z.object({ bucket: BucketName, key: Key }),
      output: z.object({ /** False when the object already was one run. */ compacted: z.boolean(), size: Size }),
      errors: { ...bucketErrors, NoSuchKey: { status: 404 } },
      idempotent: true,
      timeoutMs: 3_600_000,
    }),
    Sweep: endpoint({
      summary: "Find and purge chunks that no record and no upload names; without purge, only count them",
      input: z.object({ bucket: BucketName, purge: z.boolean().default(true) }),
      output: z.object({ orphanBytes: z.int(), purgedBytes: z.int() }),
      errors: bucketErrors,
      idempotent: true,
      timeoutMs: 60_000,
    }),
  },
});
