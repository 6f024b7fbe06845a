import type { ByteSink, ByteSource } from "./byte-stream.ts";
import { streamClosed } from "./stream-error.ts";

const neverCalls = () => () => undefined;

/** A source with nothing in it. */
export const emptySource: ByteSource = {
  isOfCall: true,
  read: () => {
    throw streamClosed;
  },
  isReadable: () => true,
  onReadable: neverCalls,
};

/** Bytes that are all there: read once, from the beginning. Not copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  let rest = bytes;
  return {
    isOfCall: true,
    read(max) {
      if (rest.length === 0) throw streamClosed;
      const taken = rest.subarray(0, max);
      rest = rest.subarray(max);
      return taken;
    },
    isReadable: () => true,
    onReadable: neverCalls,
  };
}

/** A sink that takes everything at once, by calling a function. */
export function callSink(write: (bytes: Uint8Array) => void, room: number): ByteSink {
  return { room: () => room, write, isWritable: () => true, onWritable: neverCalls };
}
