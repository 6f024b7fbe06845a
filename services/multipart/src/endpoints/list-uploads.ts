import type { multipart } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { pageOfUploads } from "../domain/list-uploads.ts";
import { isInProgress } from "../domain/upload.ts";
import type { MultipartParts } from "../parts.ts";

/**
 * Reads every upload of the bucket, once for all who wait for a page: one batch per 1,000. Fine for thousands; an index would be
 * for more.
 */
export function listMultipartUploads({ uploads }: MultipartParts): Handlers<typeof multipart>["ListMultipartUploads"] {
  return async (input) => {
    const rows = (await uploads.list(input.bucket)).map(({ row }) => row);
    const inProgress = rows.filter((row) => isInProgress(row) && row.bucketId === input.bucketId);
    return pageOfUploads(inProgress, input);
  };
}

/** How long a completed upload still counts as live. */
const justCompletedMs = 3_600_000;

/**
 * Counts uploads that were completed within the hour: a sweep that reads the records first and asks for uploads
 * afterwards must not miss one that became an object in between.
 */
export function listLiveUploads({ uploads, now }: MultipartParts): Handlers<typeof multipart>["ListLiveUploads"] {
  return async ({ bucket }) => {
    const live = (await uploads.list(bucket)).filter(
      ({ row, writtenAt }) => isInProgress(row) || (row.state === "completed" && now() - writtenAt < justCompletedMs),
    );
    return { uploadIds: live.map(({ row }) => row.uploadId) };
  };
}
