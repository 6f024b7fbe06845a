/** Objects in an answer that NATS can carry. */
import type { KeptObject } from "@holdfast/contracts";
import { keptObject } from "../domain/kept-object.ts";
import type { Entry } from "../domain/view.ts";
import type { ObjectStore } from "../object-store.ts";

/** What objects may take of one answer: the rest is for what else is in it. */
export const answerBytes = ({ maxRecordBytes }: Pick<ObjectStore, "maxRecordBytes">): number => maxRecordBytes / 2;

/** The first of these, at most so many and about so many bytes; one at least, so that a reader gets on. */
export function firstObjects(entries: readonly Entry[], limit: number, maxBytes: number): KeptObject[] {
  const objects: KeptObject[] = [];
  let bytes = 0;
  for (const entry of entries.slice(0, limit)) {
    const object = keptObject(entry);
    bytes += Buffer.byteLength(JSON.stringify(object));
    if (objects.length > 0 && bytes > maxBytes) break;
    objects.push(object);
  }
  return objects;
}
