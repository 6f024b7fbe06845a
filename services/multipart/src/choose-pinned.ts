/** Decides what a completion commits. */
import type { ObjectPart } from "@holdfast/contracts";
import { encodeParts } from "@holdfast/object-layout";
import { randomBytes } from "node:crypto";
import { currentRecord } from "./current-record.ts";
import { chooseParts, toObjectParts } from "./domain/choose-parts.ts";
import type { CompleteRequest } from "./domain/choose-parts.ts";
import { multipartETag } from "./domain/multipart-etag.ts";
import { objectChecksum } from "./domain/upload-checksum.ts";
import type { PartRow, Pinned, UploadRow } from "./domain/upload.ts";
import { noSuchUpload } from "./find-upload.ts";
import type { MultipartParts } from "./parts.ts";

/** A longer list of parts lies in chunks of its own (docs/decisions/0001-storage-layout.md). Bytes. */
const longestInRecord = 32 * 1024;
/** Runs to free that a row names; what is beyond is left to object-metadata's sweep. */
const unchosenKept = 500;

/** `since` is the sequence of the row that closed the choice: parts written before it are seen. */
export async function choosePinned(
  parts: MultipartParts,
  request: CompleteRequest,
  upload: UploadRow,
  since: number,
): Promise<{ pinned: Pinned; baseSequence: number }> {
  const [rows, record] = await Promise.all([
    parts.uploads.readParts(upload, { since }),
    currentRecord(parts.objects, upload),
    checkBucket(parts, upload),
  ]);
  const chosen = chooseParts(request, upload, new Map(rows.map((row) => [row.partNumber, row])));
  const checksum = objectChecksum(upload, chosen, request.checksum);
  const objectParts = toObjectParts(chosen, checksum?.algorithm);
  const pinned = {
    etag: multipartETag(chosen.map(({ etag }) => etag)),
    size: chosen.reduce((sum, { run }) => sum + run.size, 0),
    checksum,
    conditions: request.conditions,
    data: await place(parts, upload, objectParts),
    unchosen: unchosenRuns(rows, chosen),
  };
  return { pinned, baseSequence: record.sequence };
}

/** An upload does not outlive its bucket into a later one of the same name. */
async function checkBucket({ objects }: MultipartParts, upload: UploadRow): Promise<void> {
  const bucket = await objects.DescribeBucket({ bucket: upload.bucket });
  if (bucket.id !== upload.bucketId) throw noSuchUpload(upload);
}

async function place(
  { chunks }: MultipartParts,
  upload: UploadRow,
  objectParts: ObjectPart[],
): Promise<Pinned["data"]> {
  const { bucket, uploadId } = upload;
  const json = Buffer.from(encodeParts(objectParts));
  if (json.length <= longestInRecord) return { kind: "parts", uploadId, parts: objectParts };
  // random: two completions that both get this far must not mix their chunks
  const id = `${uploadId}.manifest.${randomBytes(9).toString("base64url")}`;
  return { kind: "manifest", uploadId, partCount: objectParts.length, manifest: await chunks.write(bucket, id, json) };
}

function unchosenRuns(rows: readonly PartRow[], chosen: readonly PartRow[]): string[] {
  const isChosen = new Set(chosen.map(({ run }) => run.id));
  const unchosen = rows.map(({ run }) => run.id).filter((id) => !isChosen.has(id));
  return [...unchosen, ...rows.flatMap(({ replaced }) => replaced)].slice(0, unchosenKept);
}
