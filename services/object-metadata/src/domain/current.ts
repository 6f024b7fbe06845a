/** What lies under a key at one moment, and whether a write may go on top of it. Pure. */
import type { WriteConditions } from "@holdfast/contracts";
import type { DecodedRecord } from "@holdfast/object-layout";
import { fail } from "@holdfast/micro";
import type { z } from "zod";

export type Current = {
  /** Of the record's message; 0 when there is none. The token of compare-and-set. */
  readonly sequence: number;
  readonly state: "none" | "deleted" | "object" | "other";
  readonly etag?: string;
  /** The chunks under the record, to be purged once it is replaced: `<nuid>`, or `<uploadId>.>`. */
  readonly chunks?: string;
};

export const nothing: Current = { sequence: 0, state: "none" };

/** A record as read from the stream. Links and records that cannot be read are `other`: there, but no object. */
export function currentOf(record: DecodedRecord | undefined, sequence: number): Current {
  if (record === undefined || record.kind === "link") return { sequence, state: "other" };
  if (record.kind === "deleted") return { sequence, state: "deleted" };
  const { data, etag } = record.object;
  return { sequence, state: "object", etag, chunks: data.kind === "run" ? record.nuid : `${record.nuid}.>` };
}

type Conditions = z.output<typeof WriteConditions> & { expectedSequence?: number | undefined };

/** Throws PreconditionFailed, NoSuchKey or ConditionalRequestConflict when a write's conditions do not hold. */
export function checkConditions(conditions: Conditions, current: Current): void {
  const { ifMatch, ifNoneMatch, expectedSequence } = conditions;
  const exists = current.state === "object" || current.state === "other";
  // 0 does not stand for a deleted key: multipart tells "never there" from "committed and deleted since" by it
  if (expectedSequence !== undefined && expectedSequence !== current.sequence) {
    throw fail("ConditionalRequestConflict", "the key was written since", { details: { sequence: current.sequence } });
  }
  if (ifNoneMatch === "*" && exists) throw fail("PreconditionFailed", "the key exists");
  if (ifMatch === undefined) return;
  if (!exists) throw fail("NoSuchKey", "the key does not exist");
  if (ifMatch !== "*" && ifMatch !== current.etag) throw fail("PreconditionFailed", "the ETag is another one");
}

/** True when the conditions ask for nothing, so that a guess about the current record is as good as the truth. */
export function isUnconditional({ ifMatch, ifNoneMatch, expectedSequence }: Conditions): boolean {
  return ifMatch === undefined && ifNoneMatch === undefined && expectedSequence === undefined;
}
