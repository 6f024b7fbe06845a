import { ComponentError } from "@holdfast/component-host";
import type { ByteSink } from "../io/byte-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import { Pipe } from "../io/pipe.ts";
import { streamFailed } from "../io/stream-error.ts";
import { readerOf } from "./body-reader.ts";
import { HttpIoError } from "./error-code.ts";
import type { ErrorCode } from "./error-code.ts";
import { contentLengthOf } from "./fields.ts";
import type { Fields, RawFields } from "./fields.ts";
import { bodyBuffer } from "./incoming-body.ts";
import type { Body } from "./message.ts";
import { refused } from "./method.ts";
import { repeatableClass } from "../repeatable-members.ts";

type WrongSize = "HTTP-request-body-size" | "HTTP-response-body-size";

/** The body of a message that a guest sends: written by the guest, read by the host. */
export class OutgoingContent implements ByteSink {
  readonly isOfCall = true;
  readonly #pipe = new Pipe(bodyBuffer);
  readonly #contentLength: number | undefined;
  readonly #wrongSize: WrongSize;
  #written = 0;
  #trailers: RawFields | undefined;

  /** @param headers of the message; they may say how long the body is. Refused when they say so in no valid way */
  constructor(headers: RawFields, wrongSize: WrongSize) {
    const length = contentLengthOf(headers);
    if (length === "invalid") throw refused;
    this.#contentLength = length;
    this.#wrongSize = wrongSize;
  }

  get trailers(): RawFields | undefined {
    return this.#trailers;
  }

  room(): number {
    return this.#pipe.room();
  }

  write(bytes: Uint8Array): void {
    this.#written += bytes.length;
    if (this.#contentLength !== undefined && this.#written > this.#contentLength) {
      throw streamFailed(this.#breakOff(this.#sizeError()));
    }
    this.#pipe.write(bytes);
  }

  isWritable(): boolean {
    return this.#pipe.isWritable();
  }

  onWritable(callback: () => void): () => void {
    return this.#pipe.onWritable(callback);
  }

  /** Nothing written is not too short: that is how a HEAD or a 304 is answered. */
  finish(trailers: RawFields | undefined): void {
    if (this.#contentLength !== undefined && this.#written !== 0 && this.#written !== this.#contentLength) {
      throw new ComponentError(this.#breakOff(this.#sizeError()).code);
    }
    this.#trailers = trailers;
    this.#pipe.end();
  }

  /** The guest is gone or failed before it finished. */
  abandon(code: ErrorCode): void {
    if (!this.#pipe.isEnded) this.#breakOff(code);
  }

  /** For the host: all of it when the guest has finished, else as it comes. */
  asBody(): Body {
    return this.#pipe.whole() ?? readerOf(this.#pipe);
  }

  #sizeError(): ErrorCode {
    return { tag: this.#wrongSize, val: BigInt(this.#written) };
  }

  #breakOff(code: ErrorCode): HttpIoError {
    const error = new HttpIoError(code);
    this.#pipe.end(error);
    return error;
  }
}

/** `wasi:http/types.outgoing-body`. Dropped before it was finished, the message breaks off at the other end. */
export class OutgoingBody {
  readonly #content: OutgoingContent;
  readonly #headers: Fields;
  #streamed = false;

  constructor(content: OutgoingContent, headers: Fields) {
    headers.budget.charge(bodyBuffer);
    this.#content = content;
    this.#headers = headers;
  }

  write(): OutputStream {
    if (this.#streamed) throw refused;
    this.#streamed = true;
    return new OutputStream(this.#content);
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    body.#headers.budget.refund(bodyBuffer);
    body.#content.finish(trailers?.raw);
  }

  [Symbol.dispose](): void {
    this.#headers.budget.refund(bodyBuffer);
    this.#content.abandon({ tag: "connection-terminated" });
  }

  static {
    repeatableClass(this);
  }
}
