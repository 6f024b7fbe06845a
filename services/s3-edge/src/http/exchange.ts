/** One HTTP request and its answer, as the pipeline sees them. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SignedRequest } from "@holdfast/s3-protocol";
import { readBody } from "./read-body.ts";

/** What an operation answers. `body`: XML, or the bytes of an object with their number in `length`. */
export type Answer = {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes of a streamed body; on HEAD the Content-Length that GET would have. */
  readonly length?: number;
};

/** 16 hex digits, as S3's. */
export const newRequestId = (): string => randomBytes(8).toString("hex").toUpperCase();

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId = newRequestId();
  readonly hostId: string;
  readonly startedAt = performance.now();
  readonly signed: SignedRequest;
  readonly #gone = new AbortController();
  #waitsForContinue: boolean;
  bytesIn = 0;
  bytesOut = 0;
  /** S3's code of what went wrong, or ClientGone. */
  errorCode: string | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { hostId: string; /** The client sends no body before `100 Continue`. */ expectsContinue: boolean },
  ) {
    this.request = request;
    this.response = response;
    this.hostId = options.hostId;
    this.#waitsForContinue = options.expectsContinue;
    this.signed = {
      method: request.method ?? "GET",
      ...splitTarget(request.url ?? "/"),
      headers: pairs(request.rawHeaders),
    };
    response.once("close", () => {
      if (!response.writableFinished) this.#gone.abort();
    });
    // Written to after the client left: `signal` says so already, and an error nobody listens to would end the process.
    response.on("error", () => this.#gone.abort());
  }

  /** Aborted when the client has gone before its answer was sent. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** True while bytes of the body may still arrive that nobody has read. */
  get hasUnreadBody(): boolean {
    return !this.request.complete && !this.request.destroyed;
  }

  /** True while the client still waits to be told that its body is wanted. */
  get waitsForContinue(): boolean {
    return this.#waitsForContinue;
  }

  /** The raw bytes of the body as they arrive. A client that stalls for `idleMs` gets RequestTimeout, one that leaves IncompleteBody. */
  async *receive(idleMs: number): AsyncGenerator<Uint8Array, void> {
    if (this.#waitsForContinue) this.response.writeContinue();
    this.#waitsForContinue = false;
    for await (const bytes of readBody(this.request, idleMs)) {
      this.bytesIn += bytes.length;
      yield bytes;
    }
  }
}

/** Path and query as on the wire; what a proxy's absolute form (RFC 9112, 3.2.2) puts before them is dropped. */
function splitTarget(url: string): { rawPath: string; rawQuery: string } {
  const target = url.replace(/^https?:\/\/[^/?]*/i, "");
  const question = target.indexOf("?");
  if (question < 0) return { rawPath: target, rawQuery: "" };
  return { rawPath: target.slice(0, question), rawQuery: target.slice(question + 1) };
}

function pairs(raw: readonly string[]): [string, string][] {
  const entries: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) entries.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return entries;
}
