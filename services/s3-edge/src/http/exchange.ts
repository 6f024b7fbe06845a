/** One HTTP request and its answer, as the pipeline sees them. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { s3Error, type SignedRequest } from "@holdfast/s3-protocol";

/** What an operation answers. `body`: XML, or the bytes of an object with their number in `length`. */
export type Answer = {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes of a streamed body; on HEAD the Content-Length that GET would have. */
  readonly length?: number;
};

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId = randomBytes(8).toString("hex").toUpperCase();
  readonly hostId: string;
  readonly startedAt = performance.now();
  readonly signed: SignedRequest;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly #expectsContinue: boolean;
  readonly #gone = new AbortController();
  bytesIn = 0;
  bytesOut = 0;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { hostId: string; expectsContinue: boolean },
  ) {
    this.request = request;
    this.response = response;
    this.hostId = options.hostId;
    this.#expectsContinue = options.expectsContinue;
    const target = request.url ?? "/";
    const question = target.indexOf("?");
    this.signed = {
      method: request.method ?? "GET",
      rawPath: question < 0 ? target : target.slice(0, question),
      rawQuery: question < 0 ? "" : target.slice(question + 1),
      headers: pairs(request.rawHeaders),
    };
    response.once("close", () => {
      if (!response.writableFinished) this.#gone.abort();
    });
  }

  /** Aborted when the client has gone before its answer was sent. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The raw bytes of the body as they arrive; a client that stalls for `idleMs` is told RequestTimeout. */
  async *receive(idleMs: number): AsyncGenerator<Uint8Array, void> {
    if (this.#expectsContinue) this.response.writeContinue();
    const source: AsyncIterator<Buffer> = this.request.iterator({ destroyOnReturn: false });
    const stalled = Promise.withResolvers<never>();
    // Without a reader of the body nobody looks at it; then the rejection is not news.
    stalled.promise.catch(() => undefined);
    this.request.setTimeout(idleMs, () => stalled.reject(s3Error("RequestTimeout")));
    try {
      for (;;) {
        const next = await Promise.race([source.next(), stalled.promise]);
        if (next.done) return;
        this.bytesIn += next.value.length;
        yield next.value;
      }
    } finally {
      this.request.setTimeout(0);
    }
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  const entries: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) entries.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return entries;
}
