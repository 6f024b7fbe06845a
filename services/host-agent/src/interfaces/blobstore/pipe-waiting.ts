import type { Pipe } from "@holdfast/wasi";

/** Resolves when something can be read from the pipe, its end included. */
export async function untilReadable(pipe: Pipe): Promise<void> {
  while (!pipe.isReadable()) await new Promise<void>((resolve) => void pipe.onReadable(() => resolve()));
}

/** Resolves when something can be written to the pipe, or nobody reads it any more. */
export async function untilWritable(pipe: Pipe): Promise<void> {
  while (!pipe.isWritable()) await new Promise<void>((resolve) => void pipe.onWritable(() => resolve()));
}
