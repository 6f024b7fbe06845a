/** Parts and runs as compact JSON: in the record (`s3.parts`), or in the chunks of a manifest. */
import type { ChunkRun, ObjectPart, StoredObject } from "@holdfast/contracts";
import { LayoutError } from "./errors.ts";

/** `[id, size, chunks, chunkSize, sequences]` */
type RunTuple = [string, number, number, number, string | null];

/** `[[partNumber, etag, run, checksum], ...]` as JSON text. */
export function encodeParts(parts: readonly ObjectPart[]): string {
  return JSON.stringify(
    parts.map((part) => [
      part.partNumber,
      part.etag,
      runTuple(part.run),
      ...(part.checksum === undefined ? [] : [part.checksum]),
    ]),
  );
}

/** Reads what encodeParts wrote; throws UnreadableRecord for anything else. */
export function decodeParts(text: string): ObjectPart[] {
  const rows = parseArray(text);
  if (rows.length === 0) throw unreadable("no parts");
  return rows.map((row) => {
    if (!Array.isArray(row)) throw unreadable("a part is not a list");
    const [partNumber, etag, run, checksum]: unknown[] = row;
    if (!isCount(partNumber) || typeof etag !== "string") throw unreadable("a part without number or ETag");
    const part = { partNumber, etag, run: runFrom(run) };
    return typeof checksum === "string" ? { ...part, checksum } : part;
  });
}

type CompactedParts = NonNullable<StoredObject["compactedParts"]>;

/** `[[partNumber, size, checksum], ...]` as JSON text. */
export function encodeCompactedParts(parts: CompactedParts): string {
  return JSON.stringify(
    parts.map(({ partNumber, size, checksum }) => [partNumber, size, ...(checksum === undefined ? [] : [checksum])]),
  );
}

/** Reads what encodeCompactedParts wrote; undefined when there is nothing. */
export function decodeCompactedParts(text: string | undefined): CompactedParts | undefined {
  if (text === undefined) return undefined;
  return parseArray(text).map((row) => {
    if (!Array.isArray(row)) throw unreadable("a part is not a list");
    const [partNumber, size, checksum]: unknown[] = row;
    if (!isCount(partNumber) || !isCount(size)) throw unreadable("a part without number or size");
    return typeof checksum === "string" ? { partNumber, size, checksum } : { partNumber, size };
  });
}

/** A run as JSON text. */
export function encodeRun(run: ChunkRun): string {
  return JSON.stringify(runTuple(run));
}

/** Reads what encodeRun wrote; throws UnreadableRecord for anything else. */
export function decodeRun(text: string): ChunkRun {
  return runFrom(parseArray(text));
}

function runTuple(run: ChunkRun): RunTuple {
  return [run.id, run.size, run.chunks, run.chunkSize, run.sequences ?? null];
}

function runFrom(value: unknown): ChunkRun {
  if (!Array.isArray(value)) throw unreadable("a run is not a list");
  const [id, size, chunks, chunkSize, sequences]: unknown[] = value;
  // the id becomes part of a subject: nothing but what we write ourselves
  if (typeof id !== "string" || !runId.test(id)) throw unreadable("a run without an id");
  if (!isCount(size) || !isCount(chunks) || !isCount(chunkSize)) throw unreadable("a run without its size");
  return typeof sequences === "string" ? { id, size, chunks, chunkSize, sequences } : { id, size, chunks, chunkSize };
}

const runId = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** True for an integer that can be a size or a count. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** True for what may name a run: subject tokens of letters, digits, `_` and `-`. */
export function isRunId(value: unknown): value is string {
  return typeof value === "string" && value.length <= 128 && runId.test(value);
}

function parseArray(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LayoutError("UnreadableRecord", "the parts are not JSON", { cause });
  }
  if (!Array.isArray(value)) throw unreadable("the parts are not a list");
  return value;
}

function unreadable(why: string): LayoutError {
  return new LayoutError("UnreadableRecord", `parts: ${why}`);
}
