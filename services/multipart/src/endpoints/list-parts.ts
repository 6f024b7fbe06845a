import type { multipart } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { findUpload } from "../find-upload.ts";
import type { MultipartParts } from "../parts.ts";

export function listParts({ uploads }: MultipartParts): Handlers<typeof multipart>["ListParts"] {
  return async (input) => {
    const { partNumberMarker, maxParts } = input;
    const [{ row }, rows] = await Promise.all([
      findUpload(uploads, input),
      // one more than the page tells whether there are more
      uploads.readParts(input, { after: partNumberMarker, limit: maxParts + 1 }),
    ]);
    const page = rows.slice(0, maxParts);
    const parts = page.map(({ partNumber, etag, run, lastModified, checksum }) => {
      return { partNumber, etag, size: run.size, lastModified, checksum: checksum?.value };
    });
    return {
      owner: row.owner,
      storageClass: row.attributes.storageClass,
      checksumAlgorithm: row.checksumAlgorithm,
      checksumType: row.checksumType,
      parts,
      isTruncated: maxParts > 0 && rows.length > maxParts,
      nextPartNumberMarker: parts.at(-1)?.partNumber,
    };
  };
}
