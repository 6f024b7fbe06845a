/** DeleteObject and DeleteObjects: a tombstone on top of the record; nothing at all where there is no object. */
import type { objectMetadata } from "@holdfast/contracts";
import { isMeshError } from "@holdfast/micro";
import type { Input, Output } from "@holdfast/micro/contract";
import { encodeTombstone } from "@holdfast/object-layout";
import { checkConditions } from "../domain/current.ts";
import type { Parts } from "../parts.ts";

type Delete = (typeof objectMetadata)["endpoints"]["DeleteObject"];
type DeleteMany = (typeof objectMetadata)["endpoints"]["DeleteObjects"];

export async function deleteObject(
  parts: Parts,
  { bucket: name, bucketId, key, ifMatch }: Input<Delete>,
): Promise<Output<Delete>> {
  return parts.buckets.use({ bucket: name, bucketId }, async (bucket) => {
    const written = await parts.records.write(bucket, key, {
      startFrom: "guess",
      decide(current) {
        checkConditions({ ifMatch }, current);
        if (current.state === "none" || current.state === "deleted") return undefined;
        return encodeTombstone(name, key, current.chunks?.replace(/\.>$/, "") ?? "none");
      },
    });
    if (written === undefined) return {};
    const { sequence, replaced } = written;
    const timeMs = parts.now();
    parts.records.note(bucket, { kind: "deleted", key, sequence, timeMs }, []);
    if (replaced.chunks !== undefined) parts.purges.later(name, replaced.chunks);
    parts.tell("ObjectRemoved:Delete", { bucket: name, key, sequence, timeMs });
    return {};
  });
}

/** How many keys of one request are worked on at a time. */
const width = 64;

export async function deleteObjects(
  parts: Parts,
  { objects, ...bucket }: Input<DeleteMany>,
): Promise<Output<DeleteMany>> {
  await parts.buckets.use(bucket, () => Promise.resolve());
  const results: Output<DeleteMany>["results"] = objects.map(({ key }) => ({ key }));
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < objects.length; index = next++) {
      const object = objects[index];
      if (object === undefined) return;
      try {
        await deleteObject(parts, { ...bucket, ...object });
      } catch (error) {
        results[index] = { key: object.key, error: describe(parts, error) };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, objects.length) }, worker));
  return { results };
}

function describe({ log }: Parts, error: unknown): { code: string; message: string } {
  if (isMeshError(error)) return { code: error.code, message: error.message };
  log.error({ err: error }, "unexpected error while deleting one of several objects");
  return { code: "InternalError", message: "an internal error" };
}
