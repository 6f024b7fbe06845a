/**
 * Bytes of objects in pieces. The worker's side cannot hold a stream of the main thread, so it holds a number; what nobody goes on with is
 * given up after a while.
 */
import type { ObjectWriter, Range } from "./backend.ts";
import { openHandles } from "./handles.ts";
import { blobStoreLimits } from "./limits.ts";
import type { Place } from "./operations.ts";

/** The beginning of an object's bytes; the rest comes by `read(handle)`. */
export type Opened = {
  /** Of the bytes asked for. */
  readonly size: bigint;
  readonly first: Uint8Array;
  /** Absent when `first` is all. */
  readonly handle?: number;
};

/** Reads and writes of one workload. `atObject` says where an object is. */
export function transfers(atObject: (container: string, name: string) => Place) {
  const reads = openHandles<AsyncIterator<Uint8Array>>(blobStoreLimits, async (bytes) => void (await bytes.return?.()));
  const writes = openHandles<ObjectWriter>(blobStoreLimits, (writer) => writer.abort());

  return {
    openRead: async (container: string, name: string, start: bigint, end: bigint): Promise<Opened> => {
      const { backend, bucket } = atObject(container, name);
      const { range, bytes } = await backend.read(bucket, name, (whole) => clip(whole, start, end));
      const iterator = bytes[Symbol.asyncIterator]();
      const size = range.end - range.start;
      const { value, done } = await iterator.next();
      const first = done === true ? new Uint8Array() : own(value);
      if (first.length < size) return { size: BigInt(size), first, handle: await reads.add(iterator) };
      await iterator.return?.();
      return { size: BigInt(size), first };
    },
    read: async (handle: number): Promise<Uint8Array | undefined> => {
      const { value, done } = await reads.use(handle, (iterator) => iterator.next());
      if (done !== true) return own(value);
      await reads.close(handle);
      return undefined;
    },
    closeRead: (handle: number): Promise<void> => reads.close(handle),
    openWrite: async (container: string, name: string): Promise<number> => {
      const { backend, bucket } = atObject(container, name);
      return writes.add(await backend.write(bucket, name));
    },
    write: (handle: number, bytes: Uint8Array): Promise<void> => writes.use(handle, (writer) => writer.write(bytes)),
    finishWrite: async (handle: number): Promise<void> => writes.take(handle).finish(),
    abortWrite: (handle: number): Promise<void> => writes.close(handle),
    closeAll: async (): Promise<void> => {
      await reads.closeAll();
      await writes.closeAll();
    },
  };
}

/** A copy: what came may lie in a buffer of the connection, and all of that would go to the worker. */
const own = (bytes: Uint8Array) => new Uint8Array(bytes);

/** WIT's inclusive range as ours. */
function clip(size: number, start: bigint, end: bigint): Range {
  if (start > end) throw new Error(`the range from ${start} to ${end} ends before it begins`);
  if (start > BigInt(size)) throw new Error(`the range begins at ${start}, and the object has ${size} bytes`);
  return { start: Number(start), end: end >= BigInt(size) ? size : Number(end) + 1 };
}
