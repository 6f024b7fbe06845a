/** The parts that an object was completed from, also after it was compacted to one run. */
import type { StoredObject } from "@holdfast/contracts";
import { loadParts } from "@holdfast/object-layout";
import type { Edge } from "./context.ts";

export type Part = { readonly partNumber: number; readonly size: number; readonly checksum?: string | undefined };

/** In order of their numbers; none for an object that was put in one piece. */
export async function partsOf({ reads }: Edge, bucket: string, object: StoredObject): Promise<readonly Part[]> {
  if (object.compactedParts) return object.compactedParts;
  const parts = await loadParts(reads.emptiest().nc, object, { bucket });
  return parts.map(({ partNumber, run, checksum }) => ({ partNumber, size: run.size, checksum }));
}
