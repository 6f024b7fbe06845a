/** Records of objects: read as the stream's leader has them, written by compare-and-set, noted in the index at once. */
import type { StoredObject } from "@holdfast/contracts";
import { isStorageError, StorageError, type StoredMessage } from "@holdfast/jetstream";
import {
  type DecodedRecord,
  decodeRecord,
  isExpired,
  isLayoutError,
  readRecord,
  recordSubject,
} from "@holdfast/object-layout";
import { fail } from "@holdfast/micro";
import { setTimeout as delay } from "node:timers/promises";
import { type Current, currentOf, nothing } from "../domain/current.ts";
import type { OpenBucket } from "./buckets.ts";
import { electionMs, inDoubtAfterMs, type JetStream } from "./jetstream.ts";
import type { IndexChange } from "./lmdb-index.ts";

export type FoundRecord = { readonly message: StoredMessage; readonly record: DecodedRecord };

export type Records = {
  /** The newest record of a key, strongly consistent; undefined when the key has none. Throws UnreadableRecord. */
  read(bucket: OpenBucket, key: string): Promise<FoundRecord | undefined>;
  /** As read, as far as a write needs it; what cannot be read is `other`. */
  current(bucket: OpenBucket, key: string): Promise<Current>;
  /** What the index believes; true or not, a write on top of it is only accepted if it was. */
  guess(bucket: OpenBucket, key: string): Current;
  /**
   * Writes a record on top of what lies there. `decide` gets what lies under the key - first the index's guess unless
   * `startFrom` says `truth` - and gives the record or undefined to write nothing; it throws to refuse, which counts only when
   * it was shown the truth. Resolves to what was replaced and the new sequence, or undefined when nothing was written.
   */
  write(bucket: OpenBucket, key: string, write: RecordWrite): Promise<Written | undefined>;
  /** Notes our own write in the index. `runs` are further sequences that it put into the stream. */
  note(bucket: OpenBucket, change: IndexChange, sequences: readonly number[]): void;
};

export type RecordWrite = {
  startFrom: "guess" | "truth";
  decide: (current: Current) => string | undefined;
  /** The chunks that the record names, when no other write names them: found under the key, they say that ours was stored. */
  mine?: string | undefined;
};
export type Written = { readonly sequence: number; readonly replaced: Current };

const attemptLimit = 40;
const stillInDoubtMs = 100;

export function createRecords(js: JetStream, now: () => number): Records {
  const fetch = ({ name, config }: OpenBucket, key: string, timeoutMs?: number) =>
    readRecord(js.nc, { bucket: name, key, replicas: config.num_replicas, timeoutMs });
  /** An object that the bucket's age limit has ended is as good as deleted, also while its record is there: tags wrote it anew. */
  const unlessExpired = (
    { bucket }: OpenBucket,
    current: Current,
    object: Pick<StoredObject, "lastModified">,
  ): Current => (isExpired(bucket.storage, object, now()) ? { ...current, state: "deleted" } : current);

  const records: Records = {
    async read(bucket, key) {
      const believed = bucket.index.get(key);
      const message = await fetch(bucket, key);
      if (message === undefined) {
        // removed without a trace by a plain client, or expired
        if (believed !== undefined) bucket.index.apply([{ kind: "gone", key, sequence: believed.sequence }]);
        return undefined;
      }
      return { message, record: decodeRecord(message.data, message) };
    },

    async current(bucket, key) {
      const message = await fetch(bucket, key, electionMs);
      if (message === undefined) return nothing;
      try {
        const record = decodeRecord(message.data, message);
        const current = currentOf(record, message.sequence);
        return record.kind === "object" ? unlessExpired(bucket, current, record.object) : current;
      } catch (error) {
        if (isLayoutError(error, "UnreadableRecord")) return currentOf(undefined, message.sequence);
        throw error;
      }
    },

    guess(bucket, key) {
      const entry = bucket.index.get(key);
      if (entry === undefined) {
        const sequence = bucket.index.deletedAt(key);
        return sequence === 0 ? nothing : { sequence, state: "deleted" };
      }
      const { sequence, etag, nuid, isParts } = entry;
      return unlessExpired(bucket, { sequence, state: "object", etag, chunks: isParts ? `${nuid}.>` : nuid }, entry);
    },

    async write(bucket, key, { startFrom, decide, mine }) {
      const subject = recordSubject(bucket.name, key);
      let doubts = 0;
      let isGuess = startFrom === "guess";
      let current = isGuess ? records.guess(bucket, key) : await records.current(bucket, key);
      for (let attempt = 0; attempt < attemptLimit; attempt++) {
        const record = decideOn(current, isGuess, decide);
        if (record.kind === "write") {
          try {
            const options = mine === undefined ? undefined : { timeoutMs: inDoubtAfterMs };
            const sequence = await js.publishRecord(subject, record.text, current.sequence, options);
            if (sequence !== undefined) return { sequence, replaced: current };
          } catch (error) {
            const isUnanswered = isStorageError(error, "SlowDown");
            if (doubts > 0 && !isUnanswered) throw inDoubt(error);
            // In doubt. It is safe to try again: of all publishes that expect one sequence at most one is stored.
            if (mine === undefined || !isUnanswered || ++doubts > 2) throw error;
          }
        } else if (record.kind === "nothing") return undefined;
        // a record of ours that is in doubt keeps its place until it is stored or not
        if (doubts > 0) await delay(stillInDoubtMs);
        // others write the same key: let one of us through
        else if (attempt > 1) await delay(Math.random() * 4 * attempt);
        const replaced = current;
        current = await records.current(bucket, key).catch((error: unknown) => {
          throw doubts > 0 ? inDoubt(error) : error;
        });
        isGuess = false;
        if (mine !== undefined && current.chunks === mine) return { sequence: current.sequence, replaced };
      }
      if (doubts > 0) throw inDoubt();
      throw fail("SlowDown", "too many writes of this key at once");
    },

    note(bucket, change, sequences) {
      const sequence = change.kind === "object" ? change.entry.sequence : change.sequence;
      let moved = bucket.known.add(sequence, sequence);
      for (const further of sequences) moved = bucket.known.add(further, further) || moved;
      const to =
        moved && bucket.index.checkpointAt > 0
          ? { sequence: bucket.known.checkpoint, at: bucket.index.checkpointAt }
          : undefined;
      bucket.index.apply([change], to);
    },
  };
  return records;
}

/** One of our publishes may still be stored: whoever hears of it keeps the bytes. */
const inDoubt = (cause?: unknown) =>
  new StorageError("SlowDown", "whether the record was stored stays in doubt", { cause });

type Decision = { kind: "write"; text: string } | { kind: "nothing" } | { kind: "look" };

function decideOn(current: Current, isGuess: boolean, decide: RecordWrite["decide"]): Decision {
  try {
    const text = decide(current);
    if (text !== undefined) return { kind: "write", text };
    // writing nothing is final too: only on the truth
    return { kind: isGuess ? "look" : "nothing" };
  } catch (error) {
    if (isGuess) return { kind: "look" };
    throw error;
  }
}
