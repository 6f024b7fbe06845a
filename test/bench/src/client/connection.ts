/** One socket, one request at a time. Reads go into one buffer that is used again, so that a large answer allocates nothing. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Expected, type Response, ResponseParser } from "./response-parser.ts";

/** `bytes` sent `times` over: 1 GiB without holding 1 GiB. */
export type Body = { readonly bytes: Uint8Array; readonly times: number };
export type WireRequest = Expected & { readonly head: string; readonly body: Body | undefined };

type Waiting = { resolve(response: Response): void; reject(error: Error): void; readonly since: number };

const readBufferBytes = 256 * 1024;
/** Up to here head and body are copied into one write: cheaper than two buffers in one system call. */
const copyUpTo = 64 * 1024;

export class Connection {
  readonly #socket: Socket;
  readonly #parser = new ResponseParser();
  #waiting: Waiting | undefined;
  #isWriting = false;
  readonly #count: (bytes: number) => void;
  isOpen = true;

  constructor(endpoint: URL, count: (bytes: number) => void, ca?: Buffer) {
    this.#count = count;
    const isTls = endpoint.protocol === "https:";
    const where = {
      host: endpoint.hostname.replace(/^\[|\]$/g, ""),
      port: Number(endpoint.port) || (isTls ? 443 : 80),
    };
    const onread = {
      buffer: Buffer.allocUnsafe(readBufferBytes),
      callback: (length: number, buffer: Uint8Array) => {
        count(length);
        this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, length));
        return true;
      },
    };
    // the options of a TLS socket take `onread` too, its types do not say so
    this.#socket = isTls
      ? connectTls(Object.assign({ onread, ...(ca && { ca }) }, where))
      : connectTcp({ ...where, onread });
    this.#socket.setNoDelay(true);
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("end", () => this.#end());
    this.#socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** When the request that is under way was sent, by `performance.now()`; Infinity when there is none. */
  get busySince(): number {
    return this.#waiting?.since ?? Infinity;
  }

  /** Sends one request and resolves with any answer; rejects when the connection fails. */
  request({ head, body, ...expected }: WireRequest): Promise<Response> {
    this.#parser.expect(expected);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, since: performance.now() };
      this.#write(head, body);
    });
  }

  /** Ends the connection; a request under way rejects with `reason`. */
  destroy(reason: Error): void {
    this.#fail(reason);
  }

  #write(head: string, body: Body | undefined): void {
    if (body === undefined) return void this.#socket.write(head, "latin1");
    const { bytes, times } = body;
    if (times === 1 && bytes.length <= copyUpTo) {
      const all = Buffer.allocUnsafe(head.length + bytes.length);
      all.write(head, "latin1");
      all.set(bytes, head.length);
      return void this.#socket.write(all);
    }
    this.#isWriting = true;
    this.#socket.write(head, "latin1");
    this.#writeTimes(bytes, times);
  }

  #writeTimes(bytes: Uint8Array, times: number): void {
    this.#socket.write(bytes, (error) => {
      if (error) return;
      this.#count(bytes.length);
      if (times > 1) this.#writeTimes(bytes, times - 1);
      else this.#isWriting = false;
    });
  }

  #receive(data: Buffer): void {
    try {
      const response = this.#parser.push(data);
      if (response !== undefined) this.#answer(response);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #end(): void {
    try {
      const response = this.#parser.end();
      if (response === undefined) this.#fail(new Error("the server closed the connection"));
      else this.#answer(response);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #answer(response: Response): void {
    // answered before the whole body was sent: what follows would be taken for the next request
    if (!response.keepsAlive || this.#isWriting) this.#close();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(response);
  }

  #fail(error: Error): void {
    this.#close();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  #close(): void {
    this.isOpen = false;
    this.#socket.destroy();
  }
}
