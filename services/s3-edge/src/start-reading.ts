/** The bytes of an object on their way out; the reads stop when the client goes away. */
import type { StoredObject } from "@holdfast/contracts";
import type { ObjectContext } from "./context.ts";
import { storedBytes } from "./stored-bytes.ts";

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
  const { edge, bucket, exchange } = context;
  const bytes = storedBytes(edge, object, { bucket: bucket.name, start, end }, exchange.signal);
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
