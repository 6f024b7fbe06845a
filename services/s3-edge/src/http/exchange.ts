/** One HTTP request and its answer, as the pipeline sees them. */
import { randomFillSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isS3Error, type SignedRequest } from "@holdfast/s3-protocol";
import { toSignedRequest } from "./signed-request.ts";
import { readBody, type Sink } from "./read-body.ts";

/** What an operation answers. `body`: XML, or the bytes of an object with their number in `length`. */
export type Answer = {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes of a streamed body; on HEAD the Content-Length that GET would have. */
  readonly length?: number;
};

/** Random bytes for many requests: asking for eight at a time costs several times as much. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** 16 hex digits, as S3's. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 8;
  return pool.toString("hex", used - 8, used).toUpperCase();
}

export type ExchangeOptions = {
  readonly hostId: string;
  /** The client sends no body before `100 Continue`. */
  readonly expectsContinue: boolean;
  /** True when the server stops: connections end with the answers being given. */
  readonly isClosing: () => boolean;
};

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId = newRequestId();
  readonly hostId: string;
  readonly isClosing: () => boolean;
  readonly startedAt = performance.now();
  readonly signed: SignedRequest;
  #isGone = false;
  /** Made for the first who asks: most requests need none. */
  #gone: AbortController | undefined;
  #waitsForContinue: boolean;
  #stalled = false;
  bytesIn = 0;
  bytesOut = 0;
  /** S3's code of what went wrong, or ClientGone. */
  errorCode: string | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    this.request = request;
    this.response = response;
    this.hostId = options.hostId;
    this.isClosing = options.isClosing;
    this.#waitsForContinue = options.expectsContinue;
    this.signed = toSignedRequest(request);
    response.on("close", () => {
      if (!response.writableFinished) this.#leave();
    });
    // Written to after the client left: `isGone` says so already, and an error nobody listens to would end the process.
    response.on("error", () => this.#leave());
  }

  /** True when the client has gone before its answer was sent. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Aborted when the client has gone before its answer was sent. */
  get signal(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.#isGone) this.#gone.abort();
    return this.#gone.signal;
  }

  #leave(): void {
    this.#isGone = true;
    this.#gone?.abort();
  }

  /** True while bytes of the body may still arrive that nobody has read. */
  get hasUnreadBody(): boolean {
    return !this.request.complete && !this.request.destroyed;
  }

  /** True when the rest of the body is likely on its way: not while the client waits to be told, nor when it has fallen silent. */
  get isSending(): boolean {
    return this.hasUnreadBody && !this.#waitsForContinue && !this.#stalled;
  }

  /** Gives the raw bytes of the body to the sink as they arrive. A client that stalls for `idleMs` gets RequestTimeout, one that leaves IncompleteBody. */
  async receive(idleMs: number, sink: Sink): Promise<void> {
    if (this.#waitsForContinue) this.response.writeContinue();
    this.#waitsForContinue = false;
    try {
      await readBody(this.request, idleMs, (bytes) => {
        this.bytesIn += bytes.length;
        return sink(bytes);
      });
    } catch (error) {
      this.#stalled = isS3Error(error) && error.code === "RequestTimeout";
      throw error;
    }
  }
}
