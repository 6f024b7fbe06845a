/**
 * The stream sequences of a run's chunks, as text for the record.
 *
 * Format: unsigned LEB128 varints, base64url without padding: the first sequence, then pairs (step, repeats) where `step`
 * is the distance to the next sequence and `repeats` how many times it occurs in a row. A run written alone in a stream is
 * three numbers however long it is. Sequences are exact up to 2^53 - 1.
 */
import { LayoutError } from "./errors.ts";

/** Packs strictly increasing sequences; the empty list is the empty string. */
export function encodeSequences(sequences: readonly number[]): string {
  const first = sequences[0];
  if (first === undefined) return "";
  const bytes: number[] = [];
  pushVarint(bytes, first);
  let previous = first;
  let step = 0;
  let repeats = 0;
  for (let i = 1; i < sequences.length; i++) {
    const sequence = sequences[i] ?? 0;
    const distance = sequence - previous;
    if (!Number.isSafeInteger(sequence) || distance < 1) throw new RangeError("sequences must increase");
    if (distance !== step && repeats > 0) {
      pushVarint(bytes, step);
      pushVarint(bytes, repeats);
      repeats = 0;
    }
    step = distance;
    repeats++;
    previous = sequence;
  }
  if (repeats > 0) {
    pushVarint(bytes, step);
    pushVarint(bytes, repeats);
  }
  return Buffer.from(bytes).toString("base64url");
}

/** Unpacks a table of exactly `count` sequences; throws UnreadableRecord for anything else. */
export function decodeSequences(text: string, count: number): number[] {
  return sliceSequences(text, count, 0, count);
}

/** The sequences of chunks `from` to `to` (exclusive) alone, from a table of exactly `count`; throws UnreadableRecord. */
export function sliceSequences(text: string, count: number, from: number, to: number): number[] {
  if (count === 0 && text === "") return [];
  const bytes = Buffer.from(text, "base64url");
  const cursor = { at: 0 };
  const slice: number[] = [];
  let last = takeVarint(bytes, cursor);
  let known = 1;
  if (from === 0 && to > 0) slice.push(last);
  while (cursor.at < bytes.length) {
    const step = takeVarint(bytes, cursor);
    const repeats = takeVarint(bytes, cursor);
    // checked before the loop: a forged table must not make us allocate what it claims
    if (step < 1 || known + repeats > count) throw unreadable();
    const end = Math.min(to, known + repeats);
    for (let index = Math.max(from, known); index < end; index++) slice.push(last + step * (index - known + 1));
    last += step * repeats;
    known += repeats;
  }
  if (known !== count || !Number.isSafeInteger(last)) throw unreadable();
  return slice;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function takeVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  let scale = 1;
  for (let taken = 0; taken < 8; taken++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw unreadable();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
  throw unreadable();
}

function unreadable(): LayoutError {
  return new LayoutError("UnreadableRecord", "the table of chunk sequences is damaged");
}
