/** The bytes of a stored object, whatever it is made of: one run, parts, or parts named by a manifest. */
import type { ChunkRun, ObjectPart, StoredObject } from "@holdfast/contracts";
import type { NatsConnection } from "@nats-io/nats-core";
import { LayoutError } from "./errors.ts";
import { decodeParts } from "./parts.ts";
import { type ByteRange, planRead, runsOfParts } from "./read-plan.ts";
import { readRun, type ReadOptions } from "./read-run.ts";

export type ObjectReadOptions = ReadOptions & ByteRange & { bucket: string };

/** The bytes from `start` to `end` (exclusive) of an object, in order. Rejects as readRun does. */
export async function* readObject(
  nc: NatsConnection,
  object: Pick<StoredObject, "data" | "size">,
  { start = 0, end = object.size, ...options }: ObjectReadOptions,
): AsyncGenerator<Uint8Array, void> {
  const runs = await runsOf(nc, object, options);
  let left = end - start;
  for (const piece of planRead(runs, { start, end })) {
    for await (const bytes of readRun(nc, { ...options, ...piece })) {
      left -= bytes.length;
      yield bytes;
    }
  }
  if (left > 0) throw new LayoutError("MissingChunk", `the object's runs end ${left} bytes early`);
}

/** The parts of an object completed from parts, read from its manifest where they are too many for the record; else none. */
export async function loadParts(
  nc: NatsConnection,
  object: Pick<StoredObject, "data">,
  options: ReadOptions & { bucket: string },
): Promise<readonly ObjectPart[]> {
  const { data } = object;
  if (data.kind === "run") return [];
  if (data.kind === "parts") return data.parts;
  const pieces: Uint8Array[] = [];
  for await (const bytes of readRun(nc, { ...options, run: data.manifest })) pieces.push(bytes);
  const parts = decodeParts(Buffer.concat(pieces).toString("utf8"));
  if (parts.length !== data.partCount) throw new LayoutError("UnreadableRecord", "the manifest names other parts");
  return parts;
}

async function runsOf(
  nc: NatsConnection,
  object: Pick<StoredObject, "data">,
  options: ReadOptions & { bucket: string },
): Promise<ChunkRun[]> {
  return object.data.kind === "run" ? [object.data.run] : runsOfParts(await loadParts(nc, object, options));
}
