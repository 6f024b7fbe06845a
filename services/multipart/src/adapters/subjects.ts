/** How uploads are named in the stream. */
import type { UploadRef } from "../upload-store.ts";

export const uploadStream = "HOLDFAST_MULTIPART";
export const root = "$HOLDFAST.multipart";

/**
 * Parts per subject group: a group and the upload's row stay below the 1,024 subjects that one `multi_last` get
 * answers.
 */
const groupSize = 1000;
export const highestGroup = Math.floor(10_000 / groupSize);

/** A dot would be two tokens; S3 names hold no `_`, and rows carry the bucket's true name. */
export function bucketToken(bucket: string): string {
  return bucket.replaceAll(".", "_");
}

export function allOf({ bucket, uploadId }: UploadRef): string {
  return `${root}.${bucketToken(bucket)}.${uploadId}.>`;
}

export function uploadSubject({ bucket, uploadId }: UploadRef): string {
  return `${root}.${bucketToken(bucket)}.${uploadId}.upload`;
}

export function uploadsOf(bucket: string | undefined): string {
  return `${root}.${bucket === undefined ? "*" : bucketToken(bucket)}.*.upload`;
}

export function partsOf({ bucket, uploadId }: UploadRef): string {
  return `${root}.${bucketToken(bucket)}.${uploadId}.part.>`;
}

export function groupOf({ bucket, uploadId }: UploadRef, group: number): string {
  return `${root}.${bucketToken(bucket)}.${uploadId}.part.${group}.*`;
}

export function partGroup(partNumber: number): number {
  return Math.floor(partNumber / groupSize);
}

export function partSubject(upload: UploadRef, partNumber: number): string {
  return groupOf(upload, partGroup(partNumber)).replace("*", `${partNumber}`);
}
