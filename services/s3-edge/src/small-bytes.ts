/** The bytes of an object that is one small chunk: one direct get, or none where they were read lately. */
import type { StoredObject } from "@holdfast/contracts";
import { getFromLeader, getLastDirect } from "@holdfast/jetstream";
import { chunkSubject, LayoutError, streamName } from "@holdfast/object-layout";
import type { RecentObject } from "./domain/recent-objects.ts";
import { type ObjectName, recentName } from "./find-object.ts";
import { withInline } from "./window.ts";

/** What is read whole, and may be remembered. */
const smallBytesLimit = 128 * 1024;

/** The chunk's id when an object is so small that its bytes are read whole; else undefined. */
export function smallChunk({ size, data }: StoredObject): string | undefined {
  return size <= smallBytesLimit && data.kind === "run" && data.run.chunks === 1 ? data.run.id : undefined;
}

/** All bytes of such an object. Throws MissingChunk when they were freed since its record was read. */
export async function smallBytes(name: ObjectName, recent: RecentObject, chunkId: string): Promise<Uint8Array> {
  if (recent.bytes !== undefined) return recent.bytes;
  const { edge, bucket } = name;
  const { size } = recent.object;
  const stream = streamName(bucket.name);
  const subject = chunkSubject(bucket.name, chunkId);
  const bytes = await withInline(edge, size, async () => {
    const direct = await getLastDirect(edge.nc, stream, subject);
    // A replica that lags behind does not know it yet.
    return (direct ?? (await getFromLeader(edge.nc, stream, { last_by_subj: subject })))?.data;
  });
  if (bytes?.length !== size) throw new LayoutError("MissingChunk", `missing chunk of run ${chunkId}`);
  edge.recent.addBytes(recentName(name), recent, bytes);
  return bytes;
}
