import { fail } from "@holdfast/micro";
import { isInProgress } from "./domain/upload.ts";
import type { UploadRow } from "./domain/upload.ts";
import type { Stored, UploadRef, UploadStore } from "./upload-store.ts";

export type Wanted = UploadRef & { readonly key: string; readonly bucketId?: string | undefined };

/** The upload's row in whatever state; NoSuchUpload when there is none of this key in this bucket. */
export async function findRow(uploads: UploadStore, wanted: Wanted): Promise<Stored<UploadRow>> {
  const stored = await uploads.read(wanted);
  // an id is only good together with the key it was given for, in the bucket it was given for
  const isIt =
    stored?.row.key === wanted.key &&
    stored.row.bucket === wanted.bucket &&
    (wanted.bucketId === undefined || stored.row.bucketId === wanted.bucketId);
  if (stored === undefined || !isIt) throw noSuchUpload(wanted);
  return stored;
}

/** The row of an upload in progress; NoSuchUpload otherwise. */
export async function findUpload(uploads: UploadStore, wanted: Wanted): Promise<Stored<UploadRow>> {
  const stored = await findRow(uploads, wanted);
  if (!isInProgress(stored.row)) throw noSuchUpload(wanted);
  return stored;
}

export function noSuchUpload({ uploadId }: UploadRef) {
  return fail("NoSuchUpload", `upload ${uploadId} is not in progress`, { details: { UploadId: uploadId } });
}
