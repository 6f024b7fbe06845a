/**
 * One HTTP/1.1 response at a time, from whatever pieces a socket gives: bodies by Content-Length, chunked or until the end of the
 * connection; 1xx heads are skipped. Bytes are counted and dropped unless they are asked for, so the length of a body costs nothing.
 * https://www.rfc-editor.org/rfc/rfc9112. Gaps: no folded header lines, no trailers given out, no transfer coding but chunked.
 */

export type Response = {
  readonly status: number;
  /** Length of the body, without the framing of chunks. */
  readonly bytes: number;
  /** Status line and header lines as they came. */
  readonly head: string;
  /** Kept when asked for, and of every answer from 300 up: there it tells what went wrong. */
  readonly body: Buffer | undefined;
  /** Whether the connection may carry another request. */
  readonly keepsAlive: boolean;
};

export type Expected = {
  /** The answer to a HEAD has no body, whatever its headers say. */
  readonly bodiless: boolean;
  readonly keepBody: boolean;
  /** Is given the pieces of a successful body as they come; they are valid only during the call. */
  readonly onBody?: ((piece: Buffer) => void) | undefined;
};

type State = "idle" | "head" | "body" | "chunk size" | "chunk" | "chunk end" | "trailers" | "until close";

const nothing = Buffer.alloc(0);
const longestHead = 64 * 1024;
const endOfHead = "\r\n\r\n";

export class ResponseParser {
  #state: State = "idle";
  #expected: Expected = { bodiless: false, keepBody: false };
  /** The beginning of a head or line whose end has not come yet. */
  #unfinished = nothing;
  #head = "";
  #status = 0;
  #bytes = 0;
  #remaining = 0;
  #keepsAlive = true;
  #kept: Buffer[] = [];

  /** True between a request and the end of its answer. */
  get isBusy(): boolean {
    return this.#state !== "idle";
  }

  /** Awaits the answer to the next request. */
  expect(expected: Expected): void {
    this.#state = "head";
    this.#expected = expected;
    this.#unfinished = nothing;
    this.#bytes = 0;
    this.#kept = [];
  }

  /** Takes bytes as they come (they are not held on to) and gives the response when it is whole. Throws on what is not HTTP. */
  push(data: Buffer): Response | undefined {
    let at = 0;
    while (at < data.length) {
      if (this.#state === "idle") throw new Error("the server sent bytes that no request asked for");
      at = this.#state === "head" ? this.#takeHead(data, at) : this.#takeBody(data, at);
      if (this.#isWhole()) {
        if (at < data.length) throw new Error("the server sent more than the answer");
        return this.#finish();
      }
    }
    return undefined;
  }

  /** The connection ended: gives a response that ends with it, else throws. */
  end(): Response | undefined {
    if (this.#state === "idle") return undefined;
    if (this.#state === "until close") return this.#finish();
    throw new Error(
      `the connection ended ${this.#state === "head" ? "before the answer" : "in the middle of the answer"}`,
    );
  }

  #takeHead(data: Buffer, from: number): number {
    const before = this.#unfinished.length;
    const all = before === 0 ? data.subarray(from) : Buffer.concat([this.#unfinished, data.subarray(from)]);
    const end = all.indexOf(endOfHead);
    if (end < 0) {
      if (all.length > longestHead) throw new Error("the server's headers do not end");
      this.#unfinished = Buffer.from(all);
      return data.length;
    }
    this.#unfinished = nothing;
    this.#readHead(all.toString("latin1", 0, end));
    return from + end + endOfHead.length - before;
  }

  #readHead(head: string): void {
    if (!head.startsWith("HTTP/1.")) throw new Error(`not an HTTP/1.1 answer: ${head.slice(0, 40)}`);
    this.#head = head;
    this.#status = Number(head.slice(9, 12));
    // an interim answer (100 Continue): the real one follows
    if (this.#status < 200) return;
    const lower = head.toLowerCase();
    this.#keepsAlive = lower.startsWith("http/1.1") && !/\r\nconnection:[^\r]*close/.test(lower);
    if (this.#expected.bodiless || this.#status === 204 || this.#status === 304) {
      this.#await("body", 0);
    } else if (lower.includes("\r\ntransfer-encoding:")) {
      this.#await("chunk size", 0);
    } else {
      const length = headerOf(lower, "content-length");
      if (length === undefined) this.#keepsAlive = false;
      this.#await(length === undefined ? "until close" : "body", Number(length ?? 0));
    }
  }

  #await(state: State, remaining: number): void {
    this.#state = state;
    this.#remaining = remaining;
  }

  #takeBody(data: Buffer, from: number): number {
    switch (this.#state) {
      case "body":
        return this.#takeBytes(data, from);
      case "chunk": {
        const at = this.#takeBytes(data, from);
        if (this.#remaining === 0) this.#state = "chunk end";
        return at;
      }
      case "until close":
        this.#keep(data, from, data.length);
        return data.length;
      default:
        return this.#takeLine(data, from);
    }
  }

  #takeBytes(data: Buffer, from: number): number {
    const end = from + Math.min(this.#remaining, data.length - from);
    this.#remaining -= end - from;
    this.#keep(data, from, end);
    return end;
  }

  #keep(data: Buffer, from: number, end: number): void {
    this.#bytes += end - from;
    if (this.#status < 300) this.#expected.onBody?.(data.subarray(from, end));
    if (this.#expected.keepBody || this.#status >= 300) this.#kept.push(Buffer.from(data.subarray(from, end)));
  }

  #takeLine(data: Buffer, from: number): number {
    const end = data.indexOf(10, from);
    const piece = data.subarray(from, end < 0 ? data.length : end);
    if (this.#unfinished.length + piece.length > longestHead) throw new Error("a line of the answer does not end");
    const line = this.#unfinished.length === 0 ? piece : Buffer.concat([this.#unfinished, piece]);
    if (end < 0) {
      this.#unfinished = Buffer.from(line);
      return data.length;
    }
    this.#unfinished = nothing;
    this.#readLine(line.toString("latin1").trimEnd());
    return end + 1;
  }

  #readLine(line: string): void {
    if (this.#state === "chunk end") return this.#await("chunk size", 0);
    if (this.#state === "trailers") return line === "" ? this.#await("body", 0) : undefined;
    const size = Number.parseInt(line, 16);
    if (Number.isNaN(size)) throw new Error(`not the size of a chunk: ${line.slice(0, 40)}`);
    this.#await(size === 0 ? "trailers" : "chunk", size);
  }

  #isWhole(): boolean {
    return this.#state === "body" && this.#remaining === 0;
  }

  #finish(): Response {
    this.#state = "idle";
    return {
      status: this.#status,
      bytes: this.#bytes,
      head: this.#head,
      body: this.#kept.length > 0 ? Buffer.concat(this.#kept) : undefined,
      keepsAlive: this.#keepsAlive,
    };
  }
}

/** The first value of a header, by its name in small letters; undefined when it is not there. */
export function headerOf(head: string, name: string): string | undefined {
  const at = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (at < 0) return undefined;
  const from = at + name.length + 3;
  const end = head.indexOf("\r\n", from);
  return head.slice(from, end < 0 ? undefined : end).trim();
}
