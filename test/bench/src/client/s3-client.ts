/**
 * A lean S3 client for measuring servers: path style, SigV4, keep-alive, as many sockets as there are requests at once. It knows
 * requests and answers, no operations. Its own CPU is reported beside each row, so that a reader can tell whether it was the bottleneck.
 */
import { hash } from "node:crypto";
import { Connection } from "./connection.ts";
import { headerOf, type Response } from "./response-parser.ts";
import { createSigner, type Credentials, emptyPayloadHash, unsignedPayload } from "./sign.ts";

export type Target = Credentials & { readonly endpoint: string };
export type Call = {
  readonly method: "GET" | "PUT" | "POST" | "DELETE" | "HEAD";
  /** Encoded, with a slash in front. */
  readonly path: string;
  /** Encoded, without the question mark: `uploads=`. */
  readonly query?: string;
  readonly body?: Uint8Array | undefined;
  /** Sends the body so many times over, as one. */
  readonly times?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps the answer's body; else its bytes are counted and dropped. */
  readonly keepBody?: boolean;
  /** Is given the pieces of a successful answer's body as they come; they are valid only during the call. */
  readonly onBody?: (piece: Buffer) => void;
};

export type ClientOptions = {
  /** Sign the SHA-256 of each body instead of `UNSIGNED-PAYLOAD`. A body is hashed once, however often it is sent. */
  readonly signsPayload?: boolean;
  /** A certificate to trust besides the usual ones (the command line: NODE_EXTRA_CA_CERTS). */
  readonly ca?: Buffer;
  /** How long a request may take, milliseconds. */
  readonly timeoutMs?: number;
};

/** A request that was not answered with success. `kind` groups errors: `503 SlowDown`, `timeout`, `connection`. */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
  readonly kind: string;

  constructor(kind: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

const none = {};

export class S3Client {
  readonly #endpoint: URL;
  readonly #sign: ReturnType<typeof createSigner>;
  readonly #options: ClientOptions;
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  readonly #hashes = new WeakMap<Uint8Array, string>();
  readonly #watch: NodeJS.Timeout;
  /** Bytes sent and received so far, heads included; sent ones when the system has taken them. */
  moved = 0;
  /** Sent as `traceparent` with each request while it is set. */
  traceparent: string | undefined;

  constructor(target: Target, options: ClientOptions = {}) {
    this.#endpoint = new URL(target.endpoint);
    this.#sign = createSigner(this.#endpoint.host, target);
    this.#options = options;
    // one timer for all requests: a timer each would cost more than the request's own bookkeeping
    this.#watch = setInterval(() => this.#endLate(), 1_000).unref();
  }

  /** Sends one request and resolves with the answer of any status. Rejects with RequestFailed when there is none. */
  async send(call: Call): Promise<Response> {
    const connection = this.#takeConnection();
    this.#busy.add(connection);
    try {
      return await connection.request({
        head: this.#head(call),
        body: call.body && { bytes: call.body, times: call.times ?? 1 },
        bodiless: call.method === "HEAD",
        keepBody: call.keepBody === true,
        onBody: call.onBody,
      });
    } catch (cause) {
      if (cause instanceof RequestFailed) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RequestFailed("connection", `${call.method} ${call.path}: ${why}`, { cause });
    } finally {
      this.#busy.delete(connection);
      if (connection.isOpen) this.#idle.push(connection);
    }
  }

  /** As `send`, and rejects for each answer from 300 up. */
  async succeed(call: Call): Promise<Response> {
    const response = await this.send(call);
    if (response.status < 300) return response;
    const code = /<Code>(\w+)<\/Code>/.exec(response.body?.toString() ?? "")?.[1] ?? "";
    throw new RequestFailed(
      `${response.status} ${code}`.trim(),
      `${call.method} ${call.path}: ${response.status} ${code}`,
    );
  }

  /** Ends every connection; requests under way reject. The client may be used again. */
  abort(): void {
    const reason = new RequestFailed("aborted", "the benchmark ended the request");
    for (const connection of [...this.#idle.splice(0), ...this.#busy]) connection.destroy(reason);
  }

  close(): void {
    clearInterval(this.#watch);
    this.abort();
  }

  #takeConnection(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isOpen) return idle;
    return new Connection(this.#endpoint, (bytes) => void (this.moved += bytes), this.#options.ca);
  }

  #head(call: Call): string {
    const { method, path, query = "", body, times = 1, headers = none } = call;
    const signed = this.#sign({ method, path, query, payloadHash: this.#payloadHash(call), headers });
    const traced = this.traceparent === undefined ? signed : `${signed}traceparent: ${this.traceparent}\r\n`;
    if (body === undefined && (method === "GET" || method === "HEAD" || method === "DELETE")) return `${traced}\r\n`;
    return `${traced}Content-Length: ${(body?.length ?? 0) * times}\r\n\r\n`;
  }

  #payloadHash({ body, times = 1 }: Call): string {
    if (body === undefined) return emptyPayloadHash;
    if (this.#options.signsPayload !== true || times > 1) return unsignedPayload;
    const known = this.#hashes.get(body) ?? hash("sha256", body);
    this.#hashes.set(body, known);
    return known;
  }

  #endLate(): void {
    const oldest = performance.now() - (this.#options.timeoutMs ?? 120_000);
    for (const connection of this.#busy) {
      if (connection.busySince < oldest) connection.destroy(new RequestFailed("timeout", "no answer in time"));
    }
  }
}

/** The value of an answer's header that must be there. */
export function requiredHeader(response: Response, name: string): string {
  const value = headerOf(response.head, name);
  if (value === undefined) throw new RequestFailed("protocol", `the answer has no ${name}`);
  return value;
}
