import type { Checksum } from "@holdfast/contracts";
import { checksumHeader } from "@holdfast/s3-protocol";

/** A checksum as response headers: its value and its type. */
export function checksumHeaders(checksum: Checksum | undefined): [string, string][] {
  if (!checksum) return [];
  return [
    [checksumHeader(checksum.algorithm), checksum.value],
    ["x-amz-checksum-type", checksum.type],
  ];
}
