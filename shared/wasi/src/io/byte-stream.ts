/** What an input stream reads from. Answers at once; `read` throws `streamClosed` or `streamFailed(...)` at the end. */
export interface ByteSource {
  /** Nothing outside the guest's call notices a read: the bytes were given to it whole. */
  readonly isOfCall?: true;
  /** Bytes that are there now, at most `max`; none when they have yet to come. They belong to the caller. */
  read(max: number): Uint8Array;
  /** Whether `read` would answer with bytes or the end. */
  isReadable(): boolean;
  /** Calls back once when it may have become readable; the answer stops it. */
  onReadable(callback: () => void): () => void;
}

/** What an output stream writes to. Both calls throw `streamClosed` or `streamFailed(...)` once nothing can be written. */
export interface ByteSink {
  /** Nothing outside the guest's call notices a write before the call has ended. */
  readonly isOfCall?: true;
  /** How many bytes `write` takes now; 0 when it has to be waited for. */
  room(): number;
  /** Takes all of them over: what is written is on its way and needs no flush. Never more than `room`. */
  write(bytes: Uint8Array): void;
  /** Whether `room` would answer with more than 0 or throw. */
  isWritable(): boolean;
  onWritable(callback: () => void): () => void;
}
