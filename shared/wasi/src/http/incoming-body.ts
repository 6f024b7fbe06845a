import { ComponentError, irrevocable } from "@holdfast/component-host";
import type { Budget } from "../budget.ts";
import { InputStream } from "../io/input-stream.ts";
import { Pipe } from "../io/pipe.ts";
import { Pollable, alwaysReady, untilReady } from "../io/poll.ts";
import { bytesSource, emptySource } from "../io/sources.ts";
import { Waiters } from "../io/waiters.ts";
import { pump } from "./body-reader.ts";
import { Fields, visibleFields } from "./fields.ts";
import type { RawFields } from "./fields.ts";
import type { Body } from "./message.ts";
import { refused } from "./method.ts";
import { repeatableClass } from "../repeatable-members.ts";

/** Bytes that wait for the guest or for the host, per body. */
export const bodyBuffer = 64 * 1024;

/** The part of a message that a body comes from. */
export interface BodyOrigin {
  body?: Body;
  trailers?: () => RawFields | undefined;
}

/** `wasi:http/types.incoming-body`: of a request to the guest, or of a response to it. */
export class IncomingBody {
  readonly #origin: BodyOrigin;
  readonly #budget: Budget;
  #pipe: Pipe | undefined;
  #streamed = false;

  constructor(origin: BodyOrigin, budget: Budget) {
    this.#origin = origin;
    this.#budget = budget;
  }

  /** The body's bytes; once. */
  stream(): InputStream {
    if (this.#streamed) throw refused;
    this.#streamed = true;
    const { body } = this.#origin;
    if (body === undefined) return new InputStream(emptySource);
    return new InputStream(body instanceof Uint8Array ? bytesSource(body) : this.#piped(body));
  }

  static finish(body: IncomingBody): FutureTrailers {
    const trailers = body.#origin.trailers;
    if (trailers === undefined) {
      body[Symbol.dispose]();
      return new FutureTrailers(body.#budget, () => undefined);
    }
    // they come behind the body; said here, since a promise would keep it to itself
    irrevocable();
    return new FutureTrailers(body.#budget, trailers, body.#drained());
  }

  [Symbol.dispose](): void {
    if (this.#pipe !== undefined) {
      this.#pipe.cancel();
      this.#budget.refund(bodyBuffer);
      this.#pipe = undefined;
    } else if (!this.#streamed) this.#leaveUnread();
  }

  #piped(body: AsyncIterable<Uint8Array>): Pipe {
    // what comes is gone when it was read
    irrevocable();
    this.#budget.charge(bodyBuffer);
    const pipe = new Pipe(bodyBuffer);
    this.#pipe = pipe;
    void pump(body, pipe);
    return pipe;
  }

  // who sends the body shall learn that nobody wants it
  #leaveUnread(): void {
    this.#streamed = true;
    const { body } = this.#origin;
    if (body === undefined || body instanceof Uint8Array) return;
    irrevocable();
    void body[Symbol.asyncIterator]().return?.();
  }

  /** Trailers come behind the body: what the guest did not read of it is read for it. */
  async #drained(): Promise<void> {
    const { body } = this.#origin;
    if (!this.#streamed && body !== undefined && !(body instanceof Uint8Array)) this.#piped(body);
    this.#streamed = true;
    const pipe = this.#pipe;
    if (pipe === undefined) return;
    try {
      for (;;) {
        await untilReady({ isReady: () => pipe.isReadable(), onReady: (callback) => pipe.onReadable(callback) });
        pipe.read(bodyBuffer);
      }
    } catch (error) {
      if (!(error instanceof ComponentError)) throw error;
    }
    this[Symbol.dispose]();
  }

  static {
    repeatableClass(this);
  }
}

/** `wasi:http/types.future-trailers`. */
export class FutureTrailers {
  readonly #budget: Budget;
  readonly #trailers: () => RawFields | undefined;
  readonly #waiters = new Waiters();
  #state: "waiting" | "there" | "taken";

  constructor(budget: Budget, trailers: () => RawFields | undefined, after?: Promise<void>) {
    this.#budget = budget;
    this.#trailers = trailers;
    this.#state = after === undefined ? "there" : "waiting";
    if (after !== undefined) void this.#arrive(after);
  }

  async #arrive(after: Promise<void>): Promise<void> {
    await after;
    this.#state = "there";
    this.#waiters.wake();
  }

  subscribe(): Pollable {
    if (this.#state !== "waiting") return new Pollable(alwaysReady);
    return new Pollable({
      isReady: () => this.#state !== "waiting",
      onReady: (callback) => this.#waiters.add(callback),
    });
  }

  get(): { tag: "ok"; val: { tag: "ok"; val: Fields | undefined } } | { tag: "err" } | undefined {
    if (this.#state === "waiting") return undefined;
    if (this.#state === "taken") return { tag: "err" };
    this.#state = "taken";
    const raw = this.#trailers();
    return { tag: "ok", val: { tag: "ok", val: raw && new Fields(this.#budget, visibleFields(raw)) } };
  }

  static {
    repeatableClass(this);
  }
}
