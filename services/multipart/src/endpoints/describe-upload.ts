import type { multipart } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { findUpload } from "../find-upload.ts";
import type { MultipartParts } from "../parts.ts";

export function describeUpload({ uploads }: MultipartParts): Handlers<typeof multipart>["DescribeUpload"] {
  return async (input) => {
    const { row } = await findUpload(uploads, input);
    const { owner, initiated, attributes, checksumAlgorithm, checksumType } = row;
    return { owner, initiated, attributes, checksumAlgorithm, checksumType };
  };
}
