import { ComponentError } from "@holdfast/component-host";
import {
  type ByteSink,
  IoError,
  OutputStream,
  Pipe,
  streamClosed,
  streamFailed,
  suspendingMethods,
} from "@holdfast/wasi";
import type { Remote } from "../../bindings.ts";
import type { BlobStoreOperations } from "./operations.ts";
import { untilReadable } from "./pipe-waiting.ts";

/** Written and not yet stored; before `write-data` says where to, no more than this can be written at all. */
const pipeBytes = 1024 * 1024;
/** In one call to the backend, however small the pieces are that the component writes. */
const callBytes = 256 * 1024;

/** `wasi:blobstore/types.outgoing-value`, with what `container.write-data` needs of it. */
export type OutgoingValue = {
  /** Stores the value as this object, once it is finished. */
  writeTo(container: string, name: string): Promise<void>;
};

/**
 * The class. A component takes the body, says where it goes (`write-data`) and finishes the value; it may also write first and say where
 * later, as far as that fits into the pipe.
 *
 * States: new -> storing (write-data) -> finished | given up (dropped).
 */
export function outgoingValueClass(backend: Remote<BlobStoreOperations>) {
  class OutgoingValueResource implements OutgoingValue {
    readonly #pipe = new Pipe(pipeBytes);
    #hasBody = false;
    #storing: { readonly handle: number; readonly stored: Promise<void> } | undefined;

    static newOutgoingValue(): OutgoingValueResource {
      return new OutgoingValueResource();
    }

    outgoingValueWriteBody(): OutputStream {
      // the interface's error without a value
      if (this.#hasBody) throw new ComponentError(undefined);
      this.#hasBody = true;
      return new OutputStream(this.#sink(), () => this.#pipe.end());
    }

    async writeTo(container: string, name: string): Promise<void> {
      if (this.#storing !== undefined) throw new ComponentError("the value is being written to an object already");
      const handle = await backend.openWrite(container, name);
      const stored = drain(backend, handle, this.#pipe);
      // told by finish; until then nobody waits for it
      stored.catch(() => this.#pipe.cancel());
      this.#storing = { handle, stored };
    }

    static async finish(value: OutgoingValueResource): Promise<void> {
      value.#pipe.end();
      if (value.#storing === undefined)
        throw new ComponentError("write-data was not called, so there is no object to write");
      const { handle, stored } = value.#storing;
      await stored;
      await backend.finishWrite(handle);
    }

    /** Without finish: nothing is kept. */
    [Symbol.dispose](): void {
      this.#pipe.cancel();
      // what stays open is given up when it was idle for a while
      if (this.#storing !== undefined) backend.abortWrite(this.#storing.handle).catch(() => undefined);
    }

    /** A pipe that does not wait for ever when nobody reads it. */
    #sink(): ByteSink {
      const pipe = this.#pipe;
      const isStuck = () => this.#storing === undefined && !pipe.isWritable();
      return {
        room: () => {
          if (isStuck())
            throw streamFailed(new IoError(`call write-data before more than ${pipeBytes} bytes are written`));
          return pipe.room();
        },
        write: (bytes) => pipe.write(bytes),
        isWritable: () => isStuck() || pipe.isWritable(),
        onWritable: (callback) => pipe.onWritable(callback),
      };
    }

    static {
      suspendingMethods(this, "finish");
    }
  }
  return OutgoingValueResource;
}

/** Hands on what the component writes until it ends the body. */
async function drain(backend: Remote<BlobStoreOperations>, handle: number, pipe: Pipe): Promise<void> {
  for (;;) {
    await untilReadable(pipe);
    const { bytes, isEnd } = takeAll(pipe);
    if (bytes.length > 0) await backend.write(handle, bytes);
    if (isEnd) return;
  }
}

/** What is there now, in one piece. */
function takeAll(pipe: Pipe): { bytes: Uint8Array; isEnd: boolean } {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isEnd = false;
  while (length < callBytes && pipe.isReadable() && !isEnd) {
    const piece = readOrEnd(pipe, callBytes - length);
    if (piece === undefined) isEnd = true;
    else pieces.push(piece);
    length += piece?.length ?? 0;
  }
  const [only] = pieces;
  return { bytes: pieces.length === 1 && only ? only : new Uint8Array(Buffer.concat(pieces)), isEnd };
}

/** Undefined at the end. */
function readOrEnd(pipe: Pipe, max: number): Uint8Array | undefined {
  try {
    return pipe.read(max);
  } catch (error) {
    if (error === streamClosed) return undefined;
    throw error;
  }
}
