/** Requests signed by hand against a real mesh, by HTTP client or byte by byte. */
import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { type Credentials, encodeUrl, signRequest } from "@holdfast/s3-protocol";
import type { TestMesh } from "@holdfast/testkit";

export type Reply = { status: number; headers: Record<string, string>; body: Buffer; text: string };

export type Call = {
  method?: string;
  /** As on the wire, with the query. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** What x-amz-content-sha256 says, where it is not the body's hash. */
  payload?: string;
  /** null: unsigned. */
  as?: Credentials | null;
  edge?: number;
};

export type S3 = {
  readonly credentials: Credentials;
  endpoint(edge?: number): string;
  /** The signed headers of a call. */
  sign(call: Call): ReturnType<typeof signRequest>;
  call(call: Call): Promise<Reply>;
  /** Throws unless the status is 2xx. */
  ok(call: Call): Promise<Reply>;
  makeBucket(name: string): Promise<void>;
  keys(bucket: string): Promise<string[]>;
  /** The request as bytes, to be sent over a socket. */
  head(call: Call): string;
};

const region = "us-east-1";

export function s3Of(mesh: TestMesh): S3 {
  const { credentials } = mesh;
  const endpoint = (edge = 0) => mesh.edges[edge]?.endpoint ?? "";
  const sign = ({ method = "GET", path, headers = {}, body = "", payload, as, edge }: Call) =>
    signRequest({ method, url: endpoint(edge) + path, headers }, as ?? credentials, {
      region,
      now: new Date(),
      payload: payload ?? Buffer.from(body),
    });
  const headersOf = (call: Call) => {
    const { host } = new URL(endpoint(call.edge));
    const signed = call.as === null ? { host, ...call.headers } : sign(call).headers;
    const length = String(Buffer.byteLength(call.body ?? ""));
    return { "content-length": length, ...signed };
  };
  const call = (asked: Call) => send(endpoint(asked.edge), asked, headersOf(asked));
  const ok = async (asked: Call) => {
    const reply = await call(asked);
    if (reply.status >= 300) throw new Error(`${asked.method ?? "GET"} ${asked.path}: ${reply.status} ${reply.text}`);
    return reply;
  };
  return {
    credentials,
    endpoint,
    sign,
    call,
    ok,
    async makeBucket(name) {
      await ok({ method: "PUT", path: `/${name}` });
    },
    async keys(bucket) {
      const { text } = await ok({ path: `/${bucket}?encoding-type=url&list-type=2` });
      return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => decodeURIComponent(key));
    },
    head(asked) {
      const lines = Object.entries(headersOf(asked)).map(([name, value]) => `${name}: ${value}`);
      return [`${asked.method ?? "GET"} ${asked.path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
    },
  };
}

function send(endpoint: string, { method = "GET", path, body }: Call, headers: Record<string, string>): Promise<Reply> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const whole = Buffer.concat(pieces);
        const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(flat),
          body: whole,
          text: whole.toString(),
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** A path of a key as the SDKs send it. */
export const pathOf = (bucket: string, key: string) => `/${bucket}/${encodeUrl(key)}`;

/** Bytes that depend on where they are, so that a shift or a swap shows. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at);
  return bytes;
}

export const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/** The text of an element of an XML answer. */
export const element = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

/** A socket to talk HTTP on by hand. */
export class RawSocket implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #received = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake?.();
    });
    // A reset is one way of closing; what was received before it is what counts.
    this.#socket.on("error", () => undefined);
    this.#closed = new Promise((resolve) => {
      this.#socket.once("close", () => {
        this.#isClosed = true;
        this.#wake?.();
        resolve();
      });
    });
  }

  get text(): string {
    return this.#received.toString("latin1");
  }

  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Ends the connection without a word. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Resolves when what was received matches; rejects when the connection closes without. */
  async until(matches: (text: string) => boolean): Promise<string> {
    while (!matches(this.text)) {
      if (this.#isClosed) throw new Error(`closed after: ${this.text}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.text;
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<string> {
    await this.#closed;
    return this.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}
