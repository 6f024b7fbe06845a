/** What the tests of the whole mesh share: an SDK client for an edge, and bytes that tell where they come from. */
import { createHash } from "node:crypto";
import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";

export type Credentials = { accessKeyId: string; secretAccessKey: string; region: string };

/** An SDK client for one edge. `attempts` 1: the test sees every error itself. */
export function sdk(endpoint: string, credentials: Credentials, attempts = 1): S3Client {
  const { accessKeyId, secretAccessKey, region } = credentials;
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: attempts,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

/** Bytes that depend on the seed alone, so that a mix of two writes can be told from each of them. */
export function seededBytes(seed: string, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  const block = createHash("sha512").update(seed).digest();
  for (let at = 0; at < size; at += block.length) {
    block.writeUInt32LE(at, 0);
    block.copy(bytes, at, 0, Math.min(block.length, size - at));
  }
  return bytes;
}

export const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/** The HTTP status of what an SDK call threw; rethrows what is not S3's answer. */
export function statusOf(error: unknown): number {
  if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode ?? 0;
  throw error;
}
