/**
 * Which stored parts a CompleteMultipartUpload request makes an object of, by S3's rules:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
import type { multipart, ObjectPart } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Input } from "@holdfast/micro/contract";
import type { PartRow, UploadRow } from "./upload.ts";

export type CompleteRequest = Input<(typeof multipart)["endpoints"]["CompleteMultipartUpload"]>;

/** All parts but the last. S3's number, not configurable: clients rely on both sides of it. */
export const minPartSize = 5 * 1024 ** 2;
export const maxObjectSize = 5 * 1024 ** 4;

/** Throws InvalidPartOrder unless the part numbers ascend. */
export function checkPartOrder({ parts, uploadId }: CompleteRequest): void {
  for (const [index, part] of parts.entries()) {
    const previous = parts[index - 1];
    if (previous !== undefined && previous.partNumber >= part.partNumber) {
      throw fail("InvalidPartOrder", "the parts are not in ascending order of their numbers", {
        details: { UploadId: uploadId },
      });
    }
  }
}

/**
 * The chosen rows in order. Throws InvalidPart, EntityTooSmall, EntityTooLarge, InvalidRequest; `details` holds the
 * fields that S3's error document has.
 */
export function chooseParts(
  request: CompleteRequest,
  upload: UploadRow,
  stored: ReadonlyMap<number, PartRow>,
): PartRow[] {
  const chosen = request.parts.map((wanted) => {
    const row = stored.get(wanted.partNumber);
    if (row === undefined || !isSamePart(wanted, row)) throw invalidPart(request, wanted);
    if (upload.checksumType === "COMPOSITE" && wanted.checksum === undefined) {
      const algorithm = upload.checksumAlgorithm?.toLowerCase();
      throw fail(
        "InvalidRequest",
        `the upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${wanted.partNumber} in the request`,
      );
    }
    return row;
  });
  checkSizes(request, chosen);
  return chosen;
}

/** The parts as the object's record names them. */
export function toObjectParts(chosen: readonly PartRow[], algorithm: UploadRow["checksumAlgorithm"]): ObjectPart[] {
  return chosen.map(({ partNumber, etag, run, checksum }) => ({
    partNumber,
    etag,
    run,
    ...(checksum !== undefined && checksum.algorithm === algorithm && { checksum: checksum.value }),
  }));
}

function isSamePart(wanted: CompleteRequest["parts"][number], row: PartRow): boolean {
  // clients send ETags as they got them, in quotes, or bare
  if (wanted.etag.replace(/^"(.*)"$/, "$1").toLowerCase() !== row.etag) return false;
  if (wanted.checksum === undefined) return true;
  return row.checksum?.algorithm === wanted.checksum.algorithm && row.checksum.value === wanted.checksum.value;
}

function checkSizes(request: CompleteRequest, chosen: readonly PartRow[]): void {
  let size = 0;
  for (const [index, { partNumber, etag, run }] of chosen.entries()) {
    size += run.size;
    if (run.size < minPartSize && index < chosen.length - 1) {
      const details = {
        ProposedSize: `${run.size}`,
        MinSizeAllowed: `${minPartSize}`,
        PartNumber: `${partNumber}`,
        ETag: etag,
      };
      throw fail("EntityTooSmall", `part ${partNumber} is smaller than the minimum allowed size`, { details });
    }
  }
  if (size > maxObjectSize) {
    const details = { ProposedSize: `${size}`, MaxSizeAllowed: `${maxObjectSize}` };
    throw fail("EntityTooLarge", "the object would be larger than 5 TiB", { details });
  }
  if (request.objectSize !== undefined && request.objectSize !== size) {
    throw fail(
      "InvalidRequest",
      `the provided x-amz-mp-object-size ${request.objectSize} does not match the size of the parts, ${size}`,
    );
  }
}

function invalidPart({ uploadId }: CompleteRequest, wanted: { partNumber: number; etag: string }) {
  return fail("InvalidPart", `part ${wanted.partNumber} was not uploaded, or its ETag or checksum is another`, {
    details: { UploadId: uploadId, PartNumber: `${wanted.partNumber}`, ETag: wanted.etag },
  });
}
