/** The one place that turns what was thrown into what an S3 client is told. */
import { isMeshError } from "@holdfast/micro";
import { isStorageError, type StorageErrorCode } from "@holdfast/jetstream";
import { fromMeshError, isS3Error, s3Error, type S3Error, type S3ErrorCode } from "@holdfast/s3-protocol";

const ofStorage: Partial<Record<StorageErrorCode, S3ErrorCode>> = {
  QuotaExceeded: "QuotaExceeded",
  SlowDown: "SlowDown",
  // The stream is gone, frozen while its bucket is being deleted, or JetStream is away: the retry will tell which.
  NoResponders: "SlowDown",
  NoSuchStream: "NoSuchBucket",
  Aborted: "IncompleteBody",
};

/** An S3 error for everything; InternalError stands for a bug, with what was thrown as its cause, to be logged. */
export function toS3Error(error: unknown): S3Error {
  if (isS3Error(error)) return error;
  if (isMeshError(error)) return fromMeshError(error);
  const code = isStorageError(error) ? ofStorage[error.code] : undefined;
  return s3Error(code ?? "InternalError", { cause: error });
}

/** What AWS names in the XML of these errors. */
const subjects: Partial<Record<S3ErrorCode, (request: Subject) => Record<string, string | undefined>>> = {
  BucketAlreadyExists: ({ bucket }) => ({ BucketName: bucket }),
  BucketAlreadyOwnedByYou: ({ bucket }) => ({ BucketName: bucket }),
  BucketNotEmpty: ({ bucket }) => ({ BucketName: bucket }),
  NoSuchBucket: ({ bucket }) => ({ BucketName: bucket }),
  NoSuchKey: ({ key }) => ({ Key: key }),
  NoSuchUpload: ({ uploadId }) => ({ UploadId: uploadId }),
};

/** What a request is about, as far as it is known. */
export type Subject = Readonly<Record<"bucket" | "key" | "uploadId", string | undefined>>;

/** The error with the bucket, key or upload it is about, unless it says so itself. */
export function aboutSubject(error: S3Error, request: Subject): S3Error {
  const known = Object.entries(subjects[error.code]?.(request) ?? {}).filter(
    (field): field is [string, string] => field[1] !== undefined,
  );
  if (known.length === 0) return error;
  const { code, message, headers, cause } = error;
  return s3Error(code, { message, headers, cause, fields: { ...Object.fromEntries(known), ...error.fields } });
}
