/**
 * One page of ListMultipartUploads:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
import type { multipart } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import type { UploadRow } from "./upload.ts";

type Operation = (typeof multipart)["endpoints"]["ListMultipartUploads"];

/** Orders by key in UTF-8 bytes, then by initiation (upload ids begin with the time). */
export function pageOfUploads(rows: readonly UploadRow[], query: Input<Operation>): Output<Operation> {
  const { prefix, delimiter, keyMarker, maxUploads } = query;
  // S3: without key-marker, upload-id-marker is ignored
  const uploadIdMarker = keyMarker === "" ? "" : query.uploadIdMarker;
  const isBehindMarker = ({ key, uploadId }: UploadRow): boolean => {
    const order = compareUtf8(key, keyMarker);
    return order > 0 || (order === 0 && uploadIdMarker !== "" && uploadId > uploadIdMarker);
  };

  const page: Output<Operation> = { uploads: [], commonPrefixes: [], isTruncated: false };
  if (maxUploads === 0) return page;
  let count = 0;
  let lastPrefix: string | undefined;
  const sorted = rows.filter((row) => row.key.startsWith(prefix) && isBehindMarker(row)).sort(byKeyThenInitiation);
  for (const upload of sorted) {
    const commonPrefix = commonPrefixOf(upload.key, prefix, delimiter);
    // a page that ended with a common prefix has it as its key marker
    if (commonPrefix !== undefined && (commonPrefix === lastPrefix || commonPrefix === keyMarker)) continue;
    if (count === maxUploads) return { ...page, isTruncated: true };
    count++;
    lastPrefix = commonPrefix;
    if (commonPrefix === undefined) page.uploads.push(listed(upload));
    else page.commonPrefixes.push(commonPrefix);
    page.nextKeyMarker = commonPrefix ?? upload.key;
    page.nextUploadIdMarker = commonPrefix === undefined ? upload.uploadId : "";
  }
  return { uploads: page.uploads, commonPrefixes: page.commonPrefixes, isTruncated: false };
}

function listed(upload: UploadRow): Output<Operation>["uploads"][number] {
  const { key, uploadId, owner, initiated, attributes, checksumAlgorithm, checksumType } = upload;
  return { key, uploadId, owner, initiated, storageClass: attributes.storageClass, checksumAlgorithm, checksumType };
}

function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

function byKeyThenInitiation(a: UploadRow, b: UploadRow): number {
  return compareUtf8(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1);
}

/** Order of the UTF-8 bytes, which is the order of code points; JavaScript's own is that of UTF-16 units. */
function compareUtf8(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
