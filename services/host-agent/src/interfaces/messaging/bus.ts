/** What a messaging backend is to the rest of wasmcloud:messaging. Which subjects are allowed, and how much, is not its business. */

/** `wasmcloud:messaging/types.broker-message` in its JS shape. */
export type BrokerMessage = {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Where an answer is awaited. */
  readonly replyTo?: string | undefined;
};

/** Runs within the trace of who published. Must not throw. */
export type OnMessage = (message: BrokerMessage) => void;

export type MessageBus = {
  /** Rejects in words when it cannot be sent. Nobody may be there to hear it. */
  publish(message: BrokerMessage): Promise<void>;
  /** Resolves to the first answer. Rejects in words when none comes in time, or nobody listens. */
  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<BrokerMessage>;
  /** Of those in one queue group, one gets each message. The answer ends the subscription. */
  subscribe(pattern: string, queueGroup: string, onMessage: OnMessage): () => void;
};
