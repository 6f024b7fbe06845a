import type { ByteSource } from "../io/byte-stream.ts";
import type { Pipe } from "../io/pipe.ts";
import { untilReady } from "../io/poll.ts";
import { streamClosed } from "../io/stream-error.ts";
import { ComponentError } from "@holdfast/component-host";
import { HttpFailure, HttpIoError, codeOf } from "./error-code.ts";

const maxChunk = 64 * 1024;

/**
 * What a guest writes, for the host to read. Not a generator: `return` has to reach the guest's writes also when nothing
 * was read yet.
 */
export function readerOf(pipe: Pipe): AsyncIterableIterator<Uint8Array> {
  return {
    async next() {
      const chunk = await nextChunk(pipe);
      return chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk };
    },
    return() {
      pipe.cancel();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function nextChunk(source: ByteSource): Promise<Uint8Array | undefined> {
  await untilReady({ isReady: () => source.isReadable(), onReady: (callback) => source.onReadable(callback) });
  try {
    return source.read(maxChunk);
  } catch (error) {
    if (error === streamClosed) return undefined;
    throw failureOf(error);
  }
}

function failureOf(error: unknown): unknown {
  const payload: unknown = error instanceof ComponentError ? error.payload : undefined;
  if (typeof payload !== "object" || payload === null || !("val" in payload)) return error;
  return payload.val instanceof HttpIoError ? new HttpFailure(payload.val.code) : error;
}

/** Moves what comes from outside to a guest, as fast as it reads; ends early when it stops reading. */
export async function pump(from: AsyncIterable<Uint8Array>, to: Pipe): Promise<void> {
  try {
    for await (const chunk of from) {
      await untilReady({ isReady: () => to.isWritable(), onReady: (callback) => to.onWritable(callback) });
      if (to.isEnded) return;
      // whole, also where it is longer than there is room: it is in memory already
      to.write(chunk);
    }
    to.end();
  } catch (error) {
    to.end(new HttpIoError(codeOf(error)));
  }
}
