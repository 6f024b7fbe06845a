/** Puts the bytes of a body into the bucket's stream, as a run of chunks that nothing names yet. */
import type { ChunkRun } from "@holdfast/contracts";
import { createChunkWriter } from "@holdfast/object-layout";
import { SpanKind, withSpan } from "@holdfast/runtime";
import type { Edge } from "./context.ts";
import type { Digests } from "./receive-body.ts";

export type RunTarget = { readonly bucket: string; readonly id: string; readonly windowBytes: number };

/** Bytes on their way, and what they turned out to be: `digests` throws when it is not what the client promised. */
export type HashedBytes = { readonly bytes: AsyncIterable<Uint8Array>; digests(): Digests };

/** Writes all bytes and waits for their acks. When anything fails, a wrong digest included, what was written is freed again. */
export function storeVerified(
  edge: Edge,
  target: RunTarget,
  body: HashedBytes,
): Promise<{ readonly run: ChunkRun; readonly digests: Digests }> {
  const store = async () => {
    const writer = createChunkWriter(edge.bulk, target);
    try {
      for await (const piece of body.bytes) await writer.write(piece);
      const digests = body.digests();
      return { run: await writer.finish(), digests };
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };
  return withSpan("jetstream publish", store, { kind: SpanKind.CLIENT });
}
