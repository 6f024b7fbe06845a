/**
 * What is kept of an upload: one row for the upload, one for each part.
 *
 *     open ────────────Complete───────────> choosing      (one Complete has the upload to itself)
 *     choosing ────────pin────────────────> committing    (what the object will be is decided)
 *     choosing ────────parts refused──────> open          (or given up by its process: taken over)
 *     committing ──────committed──────────> completed     (kept for a day, so that a retry answers the same)
 *     committing ──────condition failed───> open
 *     committing ──────outcome hidden─────> aborted       (by another write of the key)
 *     open, choosing ──Abort, expiry──────> aborted       (a tombstone for an hour; part rows and chunks purged)
 *
 * Every arrow is one compare-and-set on the upload's row, so of two that race one wins and the other reads again.
 *
 * - **choosing**: nobody has committed anything. Parts are read after this row is written, see UploadPart for why.
 *   Any instance may take the upload over by writing `open` again: the one that was choosing then fails to pin.
 * - **committing**: what the object will be is pinned in the row, and each `CommitObject` sent carries just that and
 *   is conditional on `baseSequence`, the object record it was decided upon. `attempt` is raised before each further
 *   commit, so whoever holds the row at attempt 1 and was refused knows that nothing landed. Nobody goes back from
 *   here without knowing that no commit can land any more (the argument is in src/completion.ts); an upload in this
 *   state cannot be aborted, it is carried forward by whoever meets it.
 */
import {
  Checksum,
  ChecksumAlgorithm,
  ChecksumType,
  ChunkRun,
  ETag,
  ObjectAttributes,
  ObjectPart,
  PartNumber,
  UploadId,
  WriteConditions,
} from "@holdfast/contracts";
import { z } from "zod";

/** What an upload was begun with; it stays the same in every state. */
const begun = {
  bucket: z.string(),
  bucketId: z.string(),
  key: z.string(),
  uploadId: UploadId,
  owner: z.string(),
  /** Milliseconds since the epoch. */
  initiated: z.int(),
  attributes: ObjectAttributes,
  checksumAlgorithm: ChecksumAlgorithm.optional(),
  checksumType: ChecksumType.optional(),
};

export const Result = z.object({ etag: ETag, size: z.int(), checksum: Checksum.optional(), lastModified: z.int() });
export type Result = z.output<typeof Result>;

/** What a completion decided: everything a commit of it carries. */
export const Pinned = z.object({
  etag: ETag,
  size: z.int(),
  checksum: Checksum.optional(),
  conditions: WriteConditions,
  data: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("parts"), uploadId: UploadId, parts: z.array(ObjectPart) }),
    z.object({ kind: z.literal("manifest"), uploadId: UploadId, partCount: z.int(), manifest: ChunkRun }),
  ]),
  /** Chunk runs that belong to no chosen part, to be purged when the object is visible. */
  unchosen: z.array(z.string()),
});
export type Pinned = z.output<typeof Pinned>;

/** Tells a retry of a Complete from one that asks for something else. */
const request = z.string();

export const UploadRow = z.discriminatedUnion("state", [
  z.object({ ...begun, state: z.literal("open") }),
  z.object({ ...begun, state: z.literal("choosing"), request }),
  z.object({
    ...begun,
    state: z.literal("committing"),
    request,
    pinned: Pinned,
    baseSequence: z.int(),
    attempt: z.int().min(1),
  }),
  z.object({ ...begun, state: z.literal("completed"), request, result: Result }),
  /** `conflictedRequest`: the Complete that ended so because nobody can tell whether its commit landed. */
  z.object({ ...begun, state: z.literal("aborted"), conflictedRequest: request.optional() }),
]);
export type UploadRow = z.output<typeof UploadRow>;
export type OpenUpload = Extract<UploadRow, { state: "open" }>;
export type CommittingUpload = Extract<UploadRow, { state: "committing" }>;

export const PartRow = z.object({
  partNumber: PartNumber,
  etag: ETag,
  run: ChunkRun,
  checksum: z.object({ algorithm: ChecksumAlgorithm, value: z.string() }).optional(),
  lastModified: z.int(),
  /**
   * Runs that this part number had before, newest first: a late repetition of their UploadPart must not bring them
   * back.
   */
  replaced: z.array(z.string()),
});
export type PartRow = z.output<typeof PartRow>;

/** True while clients see the upload as in progress. */
export function isInProgress(upload: UploadRow | undefined): boolean {
  return upload !== undefined && upload.state !== "completed" && upload.state !== "aborted";
}

/** True for an upload that was ended although its completion may have landed: its chunks may be an object's. */
export function isUndecided(upload: UploadRow): boolean {
  return upload.state === "aborted" && upload.conflictedRequest !== undefined;
}

/** The same upload as it was begun, in state `open`. */
export function reopened(upload: UploadRow): OpenUpload {
  return { ...begunWith(upload), state: "open" };
}

/** The part of a row that no state changes. */
export function begunWith(upload: UploadRow): Omit<OpenUpload, "state"> {
  const { bucket, bucketId, key, uploadId, owner, initiated, attributes, checksumAlgorithm, checksumType } = upload;
  return { bucket, bucketId, key, uploadId, owner, initiated, attributes, checksumAlgorithm, checksumType };
}
