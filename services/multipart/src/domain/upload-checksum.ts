/**
 * The checksum of an object completed from parts, and S3's rules about it:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
import type { Checksum } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import { combineFullObject, compositeChecksum, defaultChecksumType, isLegalChecksumType } from "@holdfast/s3-protocol";
import type { PartRow, UploadRow } from "./upload.ts";

type Algorithm = Checksum["algorithm"];
type Type = Checksum["type"];

/** The checksum type of a new upload: the one asked for, or the algorithm's default. Throws InvalidRequest. */
export function uploadChecksumType(algorithm: Algorithm | undefined, asked: Type | undefined): Type | undefined {
  if (algorithm === undefined) {
    if (asked === undefined) return undefined;
    throw fail(
      "InvalidRequest",
      "the x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header",
    );
  }
  if (asked === undefined) return defaultChecksumType(algorithm);
  if (isLegalChecksumType(algorithm, asked)) return asked;
  throw fail(
    "InvalidRequest",
    `the ${asked} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm`,
  );
}

/**
 * The object's checksum, from those of its parts. Throws BadDigest when the client gave another one, InvalidRequest
 * when it gave one that the upload cannot have, or when parts lack theirs.
 */
export function objectChecksum(
  upload: UploadRow,
  chosen: readonly PartRow[],
  given: Checksum | undefined,
): Checksum | undefined {
  const algorithm = upload.checksumAlgorithm ?? given?.algorithm;
  const type = upload.checksumType ?? given?.type;
  if (algorithm === undefined || type === undefined) return undefined;
  if (given !== undefined && (given.algorithm !== algorithm || given.type !== type)) {
    throw fail(
      "InvalidRequest",
      `the upload was created with a ${algorithm} checksum of type ${type}, the request has ${given.algorithm} of type ${given.type}`,
    );
  }
  const parts = chosen.map(({ checksum, run, partNumber }) => {
    if (checksum?.algorithm !== algorithm)
      throw fail("InvalidRequest", `part ${partNumber} has no ${algorithm} checksum`);
    return { value: checksum.value, size: run.size };
  });
  const value = combine(algorithm, type, parts);
  if (given !== undefined && given.value !== value && `${given.value}-${parts.length}` !== value) {
    throw fail("BadDigest", `the ${algorithm} you specified did not match the calculated checksum`);
  }
  return { algorithm, type, value };
}

function combine(algorithm: Algorithm, type: Type, parts: { value: string; size: number }[]): string {
  if (type === "FULL_OBJECT" && algorithm !== "SHA1" && algorithm !== "SHA256")
    return combineFullObject(algorithm, parts);
  if (type === "FULL_OBJECT" || algorithm === "CRC64NVME") {
    throw fail("InvalidRequest", `a ${algorithm} checksum cannot be of type ${type}`);
  }
  return compositeChecksum(
    algorithm,
    parts.map(({ value }) => value),
  );
}
