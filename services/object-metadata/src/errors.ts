/** Storage errors as the mesh's. One table; what is not in it is a bug and surfaces as InternalError. */
import { fail } from "@holdfast/micro";
import { isStorageError } from "@holdfast/jetstream";

/** The error to answer with, for an error of the data path. */
export function toMeshError(error: unknown, bucket: string): unknown {
  if (!isStorageError(error)) return error;
  switch (error.code) {
    case "NoSuchStream":
      return noSuchBucket(bucket);
    case "QuotaExceeded":
      return fail("QuotaExceeded", "the bucket is full", { cause: error });
    case "SlowDown":
    case "NoResponders":
    case "Aborted":
      return fail("SlowDown", "the bucket's stream did not answer in time", { cause: error });
    default:
      return error;
  }
}

export function noSuchBucket(bucket: string): Error {
  return fail("NoSuchBucket", `bucket ${bucket} does not exist`, { details: { bucket } });
}

export function noSuchKey(key: string, sequence = 0): Error {
  // the sequence of a deleted key's record, for whoever writes on top of it
  return fail("NoSuchKey", "the key does not exist", { details: { key, sequence } });
}
