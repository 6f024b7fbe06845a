/** Calls, events and streams of bytes between the main thread and a worker, both ways. What one tick sends goes as one message. */
import { ByteReceiver, ByteSender } from "./byte-stream.ts";
import type { Message, PlainError, Port } from "./messages.ts";

export type PeerCall = {
  readonly traceparent: string | undefined;
  /** Aborted when the caller gives up, or is gone. */
  readonly signal: AbortSignal;
};

/** What the other end may call. A rejection goes back by `toPlainError`. Events come here too; what they answer is not looked at. */
export type Methods = Readonly<Record<string, (input: never, call: PeerCall) => unknown>>;

export type PeerOptions = {
  readonly methods: Methods;
  /** How an error looks on the way; the default shows code and message. */
  readonly toPlainError?: (error: unknown) => PlainError;
  /** What a call rejects with. */
  readonly fromPlainError?: (error: PlainError) => Error;
};

/** A call that failed at the other end, or whose other end is gone (`gone`). */
export class PeerError extends Error {
  override readonly name = "PeerError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function plainError(error: unknown): PlainError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "Error";
  return { code, message: error instanceof Error ? error.message : String(error) };
}

type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void };

export class Peer {
  readonly #port: Port;
  readonly #options: PeerOptions;
  #queue: Message[] = [];
  #nextId = 1;
  #gone: string | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #running = new Map<number, AbortController>();
  readonly #senders = new Map<number, ByteSender>();
  readonly #receivers = new Map<number, ByteReceiver>();
  readonly #claimed = new Set<number>();

  constructor(port: Port, options: PeerOptions) {
    this.#port = port;
    this.#options = options;
    port.onMessages((messages) => {
      for (const message of messages) this.#receive(message);
    });
  }

  /** Calls a method of the other end. Aborting the signal tells the other end and rejects at once. */
  call(
    method: string,
    input: unknown,
    { signal, traceparent }: { signal?: AbortSignal | undefined; traceparent?: string | undefined } = {},
  ): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(new PeerError("gone", this.#gone));
    if (signal?.aborted === true) return Promise.reject(new PeerError("aborted", `${method} was given up`));
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#post({ kind: "call", id, method, input, traceparent });
    const giveUp = () => {
      this.#waiting.delete(id);
      this.#post({ kind: "cancel", id });
      reject(new PeerError("aborted", `${method} was given up`));
    };
    const settled = () => signal?.removeEventListener("abort", giveUp);
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#waiting.set(id, {
      resolve: (value) => (settled(), resolve(value)),
      reject: (error) => (settled(), reject(error)),
    });
    return promise;
  }

  /** Tells the other end, and does not wait. */
  notify(method: string, input: unknown): void {
    this.#post({ kind: "event", method, input });
  }

  /** A new stream to the other end, which finds it by `receiver(id)`. */
  sender(): ByteSender {
    const sender = new ByteSender(this.#nextId++, (message) => this.#post(message));
    if (this.#gone !== undefined) sender.unwanted(this.#gone);
    this.#senders.set(sender.id, sender);
    void sender.closed.then(() => this.#senders.delete(sender.id));
    return sender;
  }

  /** A stream that the other end opened: it is kept until it is asked for here, once. */
  receiver(id: number): ByteReceiver {
    const receiver = this.#receivers.get(id);
    if (receiver !== undefined) {
      this.#claimed.add(id);
      if (receiver.isOver) this.#forget(id);
      return receiver;
    }
    const broken = new ByteReceiver(
      id,
      () => {},
      () => {},
    );
    broken.breakOff(this.#gone ?? "no such stream");
    return broken;
  }

  /** The other end is gone: everything that waits for it fails. */
  end(reason: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = reason;
    for (const { reject } of this.#waiting.values()) reject(new PeerError("gone", reason));
    for (const running of this.#running.values()) running.abort();
    for (const sender of this.#senders.values()) sender.unwanted(reason);
    for (const receiver of this.#receivers.values()) receiver.breakOff(reason);
    this.#waiting.clear();
    this.#queue = [];
  }

  /** Sends what waits, now: before a process exits. */
  flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    if (queue.length > 0 && this.#gone === undefined) this.#port.post(queue);
  }

  #post(message: Message): void {
    if (this.#gone !== undefined) return;
    if (this.#queue.push(message) === 1) setImmediate(() => this.flush());
  }

  #receive(message: Message): void {
    if (this.#gone !== undefined) return;
    switch (message.kind) {
      case "call":
        return void this.#answer(message);
      case "result":
        return this.#settle(message.id)?.resolve(message.value);
      case "failure": {
        const { fromPlainError = ({ code, message: text }) => new PeerError(code, text) } = this.#options;
        return this.#settle(message.id)?.reject(fromPlainError(message.error));
      }
      case "cancel":
        return this.#running.get(message.id)?.abort();
      case "event":
        return void this.#run(message.method, message.input, { traceparent: undefined, signal: never });
      case "open":
        return this.#open(message.stream);
      case "bytes":
        return this.#receivers.get(message.stream)?.accept(message.bytes);
      case "end":
        return this.#receivers.get(message.stream)?.end(message.trailers);
      case "broken":
        return this.#receivers.get(message.stream)?.breakOff(message.message);
      case "taken":
        return this.#senders.get(message.stream)?.taken(message.bytes);
      case "unwanted":
        return this.#senders.get(message.stream)?.unwanted("nobody reads any more");
    }
  }

  #open(stream: number): void {
    const forget = () => {
      if (this.#claimed.has(stream)) this.#forget(stream);
    };
    this.#receivers.set(stream, new ByteReceiver(stream, (message) => this.#post(message), forget));
  }

  #forget(stream: number): void {
    this.#receivers.delete(stream);
    this.#claimed.delete(stream);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  async #answer({ id, method, input, traceparent }: Extract<Message, { kind: "call" }>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const value = await this.#run(method, input, { traceparent, signal: controller.signal });
      this.#post({ kind: "result", id, value });
    } catch (error) {
      this.#post({ kind: "failure", id, error: (this.#options.toPlainError ?? plainError)(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #run(method: string, input: unknown, call: PeerCall): unknown {
    const run = this.#options.methods[method];
    if (run === undefined) throw new PeerError("NoSuchMethod", `there is no ${method}`);
    // Both ends are this package's own: what a method takes is what its callers send.
    return run(input as never, call);
  }
}

/** For events, which nobody can give up. */
const never = new AbortController().signal;
