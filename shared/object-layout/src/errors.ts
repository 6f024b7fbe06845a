/** What a reader of the layout finds wrong with it. What JetStream answers is a StorageError of @holdfast/jetstream. */

export type LayoutErrorCode =
  /** Bytes that a record promises are not in the stream. */
  | "MissingChunk"
  /** A record that cannot be understood; the message says why. */
  | "UnreadableRecord";

export class LayoutError extends Error {
  readonly code: LayoutErrorCode;

  constructor(code: LayoutErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LayoutError";
    this.code = code;
  }
}

/** True for a LayoutError, of this code if one is given. */
export function isLayoutError(error: unknown, code?: LayoutErrorCode): error is LayoutError {
  return error instanceof LayoutError && (code === undefined || error.code === code);
}
