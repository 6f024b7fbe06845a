import { ComponentError } from "@holdfast/component-host";
import { InputStream, IoError, Pipe, suspendingMethods } from "@holdfast/wasi";
import type { Remote } from "../../bindings.ts";
import type { BlobStoreOperations } from "./operations.ts";
import { untilWritable } from "./pipe-waiting.ts";
import type { Opened } from "./transfers.ts";

/** More than this has to be read as a stream: it would lie in the worker, and then in the component, in one piece. */
const maxSyncBytes = 64 * 1024 * 1024;
/** Read ahead of the component. */
const pipeBytes = 512 * 1024;

/** `wasi:blobstore/types.incoming-value`: bytes of an object that are being read. */
export function incomingValueClass(backend: Remote<BlobStoreOperations>) {
  class IncomingValue {
    readonly #opened: Opened;

    constructor(opened: Opened) {
      this.#opened = opened;
    }

    size(): bigint {
      return this.#opened.size;
    }

    static async incomingValueConsumeSync(value: IncomingValue): Promise<Uint8Array> {
      const { size, first, handle } = value.#opened;
      if (handle === undefined) return first;
      if (size > BigInt(maxSyncBytes)) {
        value[Symbol.dispose]();
        throw new ComponentError(`${size} bytes are too many for incoming-value-consume-sync; read them as a stream`);
      }
      const whole = new Uint8Array(Number(size));
      whole.set(first);
      let at = first.length;
      for (let bytes = await backend.read(handle); bytes; bytes = await backend.read(handle)) {
        whole.set(bytes, at);
        at += bytes.length;
      }
      return whole;
    }

    static incomingValueConsumeAsync(value: IncomingValue): InputStream {
      const { first, handle } = value.#opened;
      const pipe = new Pipe(pipeBytes);
      pipe.write(first);
      if (handle === undefined) pipe.end();
      else void fill(backend, handle, pipe);
      return new InputStream(pipe, () => pipe.cancel());
    }

    [Symbol.dispose](): void {
      const { handle } = this.#opened;
      // nobody is there to hear of it; what stays open is closed when it was idle for a while
      if (handle !== undefined) backend.closeRead(handle).catch(() => undefined);
    }

    static {
      suspendingMethods(this, "incomingValueConsumeSync");
    }
  }
  return IncomingValue;
}

async function fill(backend: Remote<BlobStoreOperations>, handle: number, pipe: Pipe): Promise<void> {
  try {
    for (;;) {
      await untilWritable(pipe);
      if (pipe.isEnded) return await backend.closeRead(handle);
      const bytes = await backend.read(handle);
      if (bytes === undefined) return pipe.end();
      // the component may have left meanwhile
      if (!pipe.isEnded) pipe.write(bytes);
    }
  } catch (error) {
    pipe.end(new IoError(error instanceof ComponentError ? String(error.payload) : "the object could not be read"));
  }
}
