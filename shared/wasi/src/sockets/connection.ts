import type { ByteSink, ByteSource } from "../io/byte-stream.ts";
import { Pipe } from "../io/pipe.ts";

/** One end of an open TCP connection. */
export interface Connection {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  /** No more is sent; what was written still arrives. */
  endSending(): void;
  /** No more is received; what comes is thrown away. */
  endReceiving(): void;
  /** Ends both. */
  close(): void;
}

/** Bytes on their way, for each direction. */
const bufferBytes = 64 * 1024;

/** Both ends of a connection in memory. */
export function connectionPair(): [Connection, Connection] {
  const [there, back] = [new Pipe(bufferBytes), new Pipe(bufferBytes)];
  return [endOf(back, there), endOf(there, back)];
}

function endOf(source: Pipe, sink: Pipe): Connection {
  const endSending = () => sink.end();
  const endReceiving = () => source.cancel();
  const close = () => {
    endSending();
    endReceiving();
  };
  return { source, sink, endSending, endReceiving, close };
}
