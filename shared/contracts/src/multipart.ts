import { endpoint, service } from "@holdfast/micro/contract";
import { z } from "zod";
import {
  BucketName,
  bucketErrors,
  Checksum,
  ChecksumAlgorithm,
  ChecksumType,
  ChunkRun,
  EpochMs,
  ETag,
  Key,
  ObjectAttributes,
  PartNumber,
  Size,
  UploadId,
  UserName,
  WriteConditions,
} from "./common.ts";

const uploadErrors = { ...bucketErrors, NoSuchUpload: { status: 404 } } as const;
const Upload = z.object({
  bucket: BucketName,
  key: Key,
  uploadId: UploadId,
  /** The bucket's id where the caller knows it: an upload of an earlier bucket of the same name is then NoSuchUpload. */
  bucketId: z.string().optional(),
});

export const multipart = service({
  name: "multipart",
  version: "1.0.0",
  description: "In-progress multipart uploads: their parts, completion, and clean-up of abandoned ones",
  subject: "multipart.v1",
  endpoints: {
    CreateMultipartUpload: endpoint({
      summary: "Begin an upload; headers, metadata and tags given here end up on the object",
      input: z.object({
        bucket: BucketName,
        /** The bucket's id, so that an upload never outlives its bucket into a later one of the same name. */
        bucketId: z.string(),
        key: Key,
        owner: UserName,
        attributes: ObjectAttributes,
        checksumAlgorithm: ChecksumAlgorithm.optional(),
        checksumType: ChecksumType.optional(),
      }),
      output: z.object({ uploadId: UploadId }),
      /** InvalidRequest: a checksum type that the algorithm does not have. */
      errors: { ...bucketErrors, InvalidRequest: { status: 400 } },
      idempotent: false,
    }),
    DescribeUpload: endpoint({
      summary: "Tell what an upload in progress was begun with",
      input: Upload,
      output: z.object({
        owner: UserName,
        initiated: EpochMs,
        attributes: ObjectAttributes,
        checksumAlgorithm: ChecksumAlgorithm.optional(),
        checksumType: ChecksumType.optional(),
      }),
      errors: uploadErrors,
      idempotent: true,
    }),
    UploadPart: endpoint({
      summary: "Record one stored part of an upload; a part of the same number is replaced",
      input: z.object({
        ...Upload.shape,
        partNumber: PartNumber,
        etag: ETag,
        /** The bytes lie under `<uploadId>.<partNumber>.<random>`. */
        run: ChunkRun,
        checksum: z.object({ algorithm: ChecksumAlgorithm, value: z.string().max(128) }).optional(),
      }),
      output: z.object({ etag: ETag, lastModified: EpochMs }),
      errors: uploadErrors,
      idempotent: true,
    }),
    ListParts: endpoint({
      summary: "List an upload's parts in order of their numbers",
      input: z.object({
        ...Upload.shape,
        partNumberMarker: z.int().min(0).default(0),
        maxParts: z.int().min(0).max(1000).default(1000),
      }),
      output: z.object({
        owner: UserName,
        storageClass: z.string(),
        checksumAlgorithm: ChecksumAlgorithm.optional(),
        checksumType: ChecksumType.optional(),
        parts: z.array(
          z.object({
            partNumber: PartNumber,
            etag: ETag,
            size: Size,
            lastModified: EpochMs,
            checksum: z.string().optional(),
          }),
        ),
        isTruncated: z.boolean(),
        nextPartNumberMarker: z.int().optional(),
      }),
      errors: uploadErrors,
      idempotent: true,
    }),
    ListMultipartUploads: endpoint({
      summary: "List a bucket's uploads in progress by key, then by time of initiation",
      input: z.object({
        bucket: BucketName,
        bucketId: z.string(),
        prefix: z.string().default(""),
        delimiter: z.string().default(""),
        keyMarker: z.string().default(""),
        uploadIdMarker: z.string().default(""),
        maxUploads: z.int().min(0).max(1000).default(1000),
      }),
      output: z.object({
        uploads: z.array(
          z.object({
            key: Key,
            uploadId: UploadId,
            owner: UserName,
            initiated: EpochMs,
            storageClass: z.string(),
            checksumAlgorithm: ChecksumAlgorithm.optional(),
            checksumType: ChecksumType.optional(),
          }),
        ),
        commonPrefixes: z.array(z.string()),
        isTruncated: z.boolean(),
        nextKeyMarker: z.string().optional(),
        nextUploadIdMarker: z.string().optional(),
      }),
      errors: bucketErrors,
      idempotent: true,
    }),
    /** For object-metadata's sweep: chunks under `<uploadId>.>` of these uploads are not orphans. */
    ListLiveUploads: endpoint({
      summary: "All upload ids in progress (or just completing) in a bucket",
      input: z.object({ bucket: BucketName }),
      output: z.object({ uploadIds: z.array(UploadId) }),
      errors: { SlowDown: { status: 503, retryable: true } },
      idempotent: true,
    }),
    CompleteMultipartUpload: endpoint({
      summary:
        "Make the object of the listed parts visible, all or nothing, without copying a byte; a retry answers the same",
      input: z.object({
        ...Upload.shape,
        parts: z
          .array(
            z.object({
              partNumber: PartNumber,
              etag: z.string().max(64),
              checksum: z.object({ algorithm: ChecksumAlgorithm, value: z.string().max(128) }).optional(),
            }),
          )
          .min(1)
          .max(10_000),
        conditions: WriteConditions.default({}),
        /** The whole object's checksum as the client computed it, to be verified where its type is FULL_OBJECT. */
        checksum: Checksum.optional(),
        /** `x-amz-mp-object-size`: the size the client expects. */
        objectSize: Size.optional(),
      }),
      output: z.object({ etag: ETag, size: Size, checksum: Checksum.optional(), lastModified: EpochMs }),
      errors: {
        ...uploadErrors,
        InvalidPart: { status: 400 },
        InvalidPartOrder: { status: 400 },
        EntityTooSmall: { status: 400 },
        EntityTooLarge: { status: 400 },
        InvalidRequest: { status: 400 },
        BadDigest: { status: 400 },
        PreconditionFailed: { status: 412 },
        ConditionalRequestConflict: { status: 409 },
        NoSuchKey: { status: 404 },
        QuotaExceeded: { status: 403 },
      },
      idempotent: true,
      timeoutMs: 30_000,
    }),
    AbortMultipartUpload: endpoint({
      summary: "End an upload and free its bytes",
      input: Upload,
      output: z.object({}),
      errors: uploadErrors,
      idempotent: false,
    }),
  },
});
