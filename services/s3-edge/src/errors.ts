/** The one place that turns what was thrown into what an S3 client is told. */
import { isMeshError } from "@holdfast/micro";
import { isStorageError, type StorageErrorCode } from "@holdfast/object-layout";
import { fromMeshError, isS3Error, s3Error, type S3Error, type S3ErrorCode } from "@holdfast/s3-protocol";

const ofStorage: Partial<Record<StorageErrorCode, S3ErrorCode>> = {
  QuotaExceeded: "QuotaExceeded",
  SlowDown: "SlowDown",
  NoResponders: "SlowDown",
  Aborted: "IncompleteBody",
};

/** An S3 error for everything; InternalError stands for a bug, with what was thrown as its cause, to be logged. */
export function toS3Error(error: unknown): S3Error {
  if (isS3Error(error)) return error;
  if (isMeshError(error)) return fromMeshError(error);
  // The client closed its connection in the middle of the body.
  const code = error instanceof Error && "code" in error && error.code === "ECONNRESET" ? "IncompleteBody" : undefined;
  const stored = isStorageError(error) ? ofStorage[error.code] : undefined;
  return s3Error(code ?? stored ?? "InternalError", { cause: error });
}
