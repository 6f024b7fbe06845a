import type { MsgHdrs } from "@nats-io/nats-core";

/** A message as a stream holds it. */
export type StoredMessage = {
  readonly subject: string;
  readonly sequence: number;
  /** When the stream stored it. Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly data: Uint8Array;
  /** Of a direct get with the server's own (`Nats-Sequence` and the like) among them. */
  readonly headers?: MsgHdrs | undefined;
};
