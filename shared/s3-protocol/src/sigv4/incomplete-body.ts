/** IncompleteBody in AWS's two forms: broken off (or not framed as announced), and complete but of another length. */
import { s3Error, type S3Error } from "../errors.ts";

/** The body ended, or stopped making sense, before it was complete. */
export function incompleteBody(): S3Error {
  return s3Error("IncompleteBody", { message: "The request body terminated unexpectedly" });
}

/** The body has another length than the request announced. */
export function wrongLength(expected: number, provided: number): S3Error {
  return s3Error("IncompleteBody", {
    fields: { NumberBytesExpected: String(expected), NumberBytesProvided: String(provided) },
  });
}
