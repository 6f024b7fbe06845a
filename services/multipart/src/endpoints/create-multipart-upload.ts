import type { multipart } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { uploadChecksumType } from "../domain/upload-checksum.ts";
import { newUploadId } from "../domain/upload-id.ts";
import type { MultipartParts } from "../parts.ts";

export function createMultipartUpload({
  uploads,
  now,
}: MultipartParts): Handlers<typeof multipart>["CreateMultipartUpload"] {
  return async (input) => {
    const initiated = now();
    const uploadId = newUploadId(initiated);
    const checksumType = uploadChecksumType(input.checksumAlgorithm, input.checksumType);
    await uploads.create({ ...input, checksumType, uploadId, initiated, state: "open" });
    return { uploadId };
  };
}
