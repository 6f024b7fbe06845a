/** Puts the bytes of a body into the bucket's stream, as a run of chunks that nothing names yet. */
import type { ChunkRun } from "@holdfast/contracts";
import { createChunkWriter } from "@holdfast/object-layout";
import { withSpan } from "@holdfast/runtime";
import type { ServiceContext } from "./context.ts";

/** Writes all bytes and waits for their acks. When anything fails, what was written is given up to the sweep. */
export function storeRun(
  { edge }: Pick<ServiceContext, "edge">,
  target: { bucket: string; id: string },
  bytes: AsyncIterable<Uint8Array>,
): Promise<ChunkRun> {
  return withSpan("jetstream publish", async () => {
    const writer = createChunkWriter(edge.bulk, { ...target, windowBytes: edge.config.HOLDFAST_WINDOW_BYTES });
    try {
      for await (const piece of bytes) await writer.write(piece);
      return await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  });
}
