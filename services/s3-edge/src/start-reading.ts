/** The bytes of an object on their way out, straight from JetStream; the reads stop when the client goes away. */
import type { StoredObject } from "@holdfast/contracts";
import { readObject } from "@holdfast/object-layout";
import { SpanKind, withSpan } from "@holdfast/runtime";
import type { ObjectContext } from "./context.ts";
import { openWindow } from "./window.ts";

/**
 * Resolves when the first bytes are here, so that what cannot be read is still answered with an error. The rest follows as it is
 * iterated; who does not want it must `return` the iterator, which holds a window.
 */
export async function startReading(
  context: ObjectContext,
  object: StoredObject,
  start: number,
  end: number,
): Promise<AsyncIterable<Uint8Array>> {
  const bytes = read(context, object, start, end);
  let first: IteratorResult<Uint8Array, void> | undefined = await bytes.next();
  const iterator: AsyncIterator<Uint8Array, void> = {
    async next() {
      const result = first ?? (await bytes.next());
      first = undefined;
      return result;
    },
    return: () => bytes.return(),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function* read(
  { edge, exchange, bucket }: ObjectContext,
  object: StoredObject,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  const grant = await openWindow(edge, end - start);
  const finished = Promise.withResolvers<void>();
  const span = withSpan("jetstream get", () => finished.promise, { kind: SpanKind.CLIENT });
  try {
    const { signal } = exchange;
    yield* readObject(edge.bulk, object, { bucket: bucket.name, start, end, signal, windowBytes: grant.bytes });
  } finally {
    grant.release();
    finished.resolve();
    await span;
  }
}
