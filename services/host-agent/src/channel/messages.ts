/** What goes over the channel between the main thread and a workload's worker (or child process): plain data, several at a time. */

/** An error as plain data. `payload`: the interface's own error, see `InterfaceError`. */
export type PlainError = {
  readonly code: string;
  readonly message: string;
  readonly payload?: { readonly value: unknown };
};

export type Message =
  | { kind: "call"; id: number; method: string; input: unknown; traceparent: string | undefined }
  | { kind: "result"; id: number; value: unknown }
  | { kind: "failure"; id: number; error: PlainError }
  | { kind: "cancel"; id: number }
  | { kind: "event"; method: string; input: unknown }
  /** Streams of bytes: their ids are the sender's own. */
  | { kind: "open"; stream: number }
  | { kind: "bytes"; stream: number; bytes: Uint8Array }
  | { kind: "end"; stream: number; trailers: unknown }
  | { kind: "broken"; stream: number; message: string }
  /** The other way: so many bytes were taken; nobody wants the rest. */
  | { kind: "taken"; stream: number; bytes: number }
  | { kind: "unwanted"; stream: number };

/** One end of the channel. Messages arrive in order. */
export type Port = {
  post(messages: readonly Message[]): void;
  onMessages(listener: (messages: readonly Message[]) => void): void;
};
