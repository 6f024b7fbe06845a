/**
 * Carries an upload from open to completed. The states and their arrows stand in domain/upload.ts; this is why it is
 * exactly-once.
 *
 * The object's record and the upload's row lie in different streams, so a process can die between the commit and the
 * note of it. Whoever comes next must find out whether the commit landed:
 *
 * 1. What is committed is pinned in the row first and never changes in this state, and every commit of it expects the
 *    record to be at `baseSequence`. A record's sequence only grows (a deletion leaves a mark with one, for seven
 *    days). So of all commits of a pin, by whomever and however late, at most one lands.
 * 2. A commit that is refused while the record still is at the base was refused by its conditions, and so is every
 *    other one of this pin, now and later: the upload may be reopened. Its chunks can be replaced or freed, since no
 *    commit can name them any more.
 * 3. The record is at another sequence and names this upload: a commit landed. (Tagging rewrites the record and keeps
 *    the name.)
 * 4. The record is at another sequence and names something else, and only one commit was ever sent (attempt 1, and
 *    the row is still ours by compare-and-set), and it was refused: nothing landed, another writer was first. Decide
 *    anew on the new base.
 * 5. As 4, but an earlier attempt's answer is unknown. Either ours landed and the other writer replaced it, or it
 *    never did. It is tempting to say "ours came just before the other's", which nobody could tell from the truth -
 *    if the other write was unconditional. One with If-None-Match or If-Match succeeded because ours was not there,
 *    and we cannot see which it was. Committing again is worse: in the first case the other writer has the chunks
 *    purged. So the completion fails with ConditionalRequestConflict, for which S3 tells clients to begin the upload
 *    anew, and the upload ends. This takes a crash (or a lost answer) and a foreign write of the same key at the same
 *    time.
 */
import type { multipart } from "@holdfast/contracts";
import { fail, isMeshError } from "@holdfast/micro";
import type { MeshError } from "@holdfast/micro";
import type { Call, Input } from "@holdfast/micro/contract";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { choosePinned } from "./choose-pinned.ts";
import { checkPartOrder } from "./domain/choose-parts.ts";
import { begunWith, reopened } from "./domain/upload.ts";
import type { CommittingUpload, OpenUpload, Result } from "./domain/upload.ts";
import { findRow, noSuchUpload } from "./find-upload.ts";
import { currentRecord } from "./current-record.ts";
import type { MultipartParts } from "./parts.ts";
import { createPatience } from "./patience.ts";

type CompleteRequest = Input<(typeof multipart)["endpoints"]["CompleteMultipartUpload"]>;

type Committing = { readonly row: CommittingUpload; readonly sequence: number };

type Outcome =
  | { readonly kind: "committed"; readonly result: Result }
  | { readonly kind: "refused"; readonly error: MeshError }
  /** Somebody else has the row now, or nobody knows: read it again. */
  | { readonly kind: "open question" };

const openQuestion = { kind: "open question" } as const;

/** A commit that is not answered by then is asked again: it can only land once, so there is no harm in being early. */
const commitTimeoutMs = 4_000;
/** How often a call that waits for another one looks. Milliseconds. */
const pollMs = 25;

/** Refusals that the state of the record explains. */
const refusals = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];
/** Errors after which nothing was written. */
const nothingWritten = ["NoSuchBucket", "QuotaExceeded", "InvalidInput"];

/** Completes an upload, or finds it completed by the same request. */
export async function complete(parts: MultipartParts, request: CompleteRequest, { signal }: Call): Promise<Result> {
  checkPartOrder(request);
  const digest = requestDigest(request);
  const patience = createPatience(parts.now, parts.patienceMs);
  while (!signal.aborted) {
    const { row, sequence } = await findRow(parts.uploads, request);
    if (row.state === "aborted") throw row.conflictedRequest === digest ? outcomeHidden() : noSuchUpload(row);
    if (row.state === "completed") {
      if (row.request === digest) return row.result;
      throw noSuchUpload(row);
    }
    if (row.state === "open") {
      const outcome = await begin(parts, request, digest, row, sequence);
      if (outcome.kind === "committed") return outcome.result;
      if (outcome.kind === "refused") throw outcome.error;
    } else if (!patience.isOver(sequence)) {
      await delay(pollMs);
    } else if (row.state === "committing") {
      await carryForward(parts, { row, sequence });
    } else {
      await parts.uploads.replace(reopened(row), sequence);
    }
  }
  throw fail("SlowDown", "the completion did not come to its end in time, try again");
}

/** Finishes a completion that its own process did not, if its outcome can be learnt now. */
export async function carryForward(parts: MultipartParts, { row, sequence }: Committing): Promise<Outcome> {
  const next = { ...row, attempt: row.attempt + 1 };
  const taken = await parts.uploads.replace(next, sequence);
  if (taken === undefined) return openQuestion;
  const current = { row: next, sequence: taken };
  // looks before it commits: when the object was replaced since, its chunks may be gone and no commit would be taken
  const moved = (await afterMove(parts, current)) ?? current;
  const outcome = "kind" in moved ? moved : await commit(parts, moved);
  parts.log.info({ uploadId: row.uploadId, attempt: next.attempt, outcome: outcome.kind }, "carried a completion on");
  return outcome;
}

/**
 * Ends a completion whose outcome cannot be learnt. Its chunks are left to object-metadata's sweep, which sees whether
 * a record names them, and a reader may be in the middle of a version that was replaced.
 */
export async function endUndecided(parts: MultipartParts, { row, sequence }: Committing): Promise<Outcome> {
  const ended = { ...begunWith(row), state: "aborted" as const, conflictedRequest: row.request };
  if ((await parts.uploads.replace(ended, sequence)) === undefined) return openQuestion;
  parts.background("remove the parts of an ended upload", () => parts.uploads.removeParts(row));
  return { kind: "refused", error: outcomeHidden() };
}

async function begin(
  parts: MultipartParts,
  request: CompleteRequest,
  digest: string,
  open: OpenUpload,
  sequence: number,
): Promise<Outcome> {
  const choosing = { ...begunWith(open), state: "choosing" as const, request: digest };
  const since = await parts.uploads.replace(choosing, sequence);
  if (since === undefined) return openQuestion;
  try {
    const { pinned, baseSequence } = await choosePinned(parts, request, choosing, since);
    const row = { ...begunWith(open), state: "committing" as const, request: digest, pinned, baseSequence, attempt: 1 };
    const pinnedAt = await parts.uploads.replace(row, since);
    return pinnedAt === undefined ? openQuestion : await commit(parts, { row, sequence: pinnedAt });
  } catch (error) {
    // does nothing once the row is pinned; should it fail, whoever comes next loses patience with the row
    await parts.uploads.replace(reopened(choosing), since);
    throw error;
  }
}

/** Sends commits until one lands, is refused for good, or its outcome cannot be learnt now. */
async function commit(parts: MultipartParts, first: Committing): Promise<Outcome> {
  let current = first;
  for (;;) {
    const sent = await sendCommit(parts, current.row);
    if (!isMeshError(sent)) return finish(parts, current, sent.lastModified);
    const next = await afterError(parts, current, sent);
    if ("kind" in next) return next;
    current = next;
  }
}

async function sendCommit(
  { objects }: MultipartParts,
  row: CommittingUpload,
): Promise<{ lastModified: number } | MeshError> {
  const { bucket, key, attributes, pinned, baseSequence } = row;
  const { unchosen: _, ...object } = pinned;
  try {
    return await objects.CommitObject(
      { bucket, key, attributes, ...object, expectedSequence: baseSequence },
      { timeoutMs: commitTimeoutMs },
    );
  } catch (error) {
    if (isMeshError(error)) return error;
    throw error;
  }
}

/** The numbers here and below are those of the argument above. */
async function afterError(parts: MultipartParts, current: Committing, error: MeshError): Promise<Outcome | Committing> {
  const { row, sequence } = current;
  const reopen = async (): Promise<Outcome> => {
    const done = await parts.uploads.replace(reopened(row), sequence);
    if (done === undefined) return openQuestion;
    return { kind: "refused", error: fail(error.code, error.message, { details: error.details, cause: error }) };
  };
  if (nothingWritten.includes(error.code) && row.attempt === 1) return reopen();
  if (!refusals.includes(error.code)) return openQuestion;
  return (await afterMove(parts, current)) ?? reopen(); // 2
}

/** What follows when the record is not at the base any more; undefined when it is. */
async function afterMove(parts: MultipartParts, current: Committing): Promise<Outcome | Committing | undefined> {
  const { row, sequence } = current;
  const record = await currentRecord(parts.objects, row);
  if (record.sequence === row.baseSequence) return undefined;
  if (record.uploadId === row.uploadId) return finish(parts, current, record.lastModified); // 3
  if (row.attempt > 1) return endUndecided(parts, current); // 5
  const rebased = { ...row, baseSequence: record.sequence };
  const rebasedAt = await parts.uploads.replace(rebased, sequence);
  return rebasedAt === undefined ? openQuestion : { row: rebased, sequence: rebasedAt }; // 4
}

function outcomeHidden(): MeshError {
  return fail("ConditionalRequestConflict", "another write of this key hid the outcome, begin the upload anew");
}

async function finish(parts: MultipartParts, { row, sequence }: Committing, lastModified: number): Promise<Outcome> {
  const { etag, size, checksum } = row.pinned;
  const result = { etag, size, checksum, lastModified };
  // another call may have noted it already; the object is visible either way
  await parts.uploads.replace({ ...begunWith(row), state: "completed", request: row.request, result }, sequence);
  parts.background("free what a completed upload did not choose", async () => {
    for (const run of row.pinned.unchosen) await parts.chunks.purgeRun(row.bucket, run);
    await parts.uploads.removeParts(row);
  });
  return { kind: "committed", result };
}

/** The same parts, conditions and checksum: the same request. */
function requestDigest({ parts, conditions, checksum, objectSize }: CompleteRequest): string {
  const chosen = parts.map((part) => [part.partNumber, part.etag.replaceAll('"', ""), part.checksum?.value]);
  const asked = [chosen, conditions.ifMatch, conditions.ifNoneMatch, checksum?.value, objectSize];
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url");
}
