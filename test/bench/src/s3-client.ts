/**
 * A lean S3 client for measuring servers: keep-alive sockets, path style, SigV4 with unsigned payloads.
 * Its own CPU is reported beside each row, so that a reader can tell whether it was the bottleneck.
 */
import { createHash, createHmac } from "node:crypto";
import { Agent, request } from "node:http";

export type Target = { endpoint: URL; accessKeyId: string; secretAccessKey: string; region: string };
export type Answer = { status: number; bytes: number; body: Buffer | undefined; headers: Record<string, unknown> };
export type Call = {
  method: string;
  path: string;
  query?: string;
  body?: Uint8Array | undefined;
  headers?: Record<string, string>;
  /** Keep the answer's body; otherwise its bytes are counted and dropped. */
  keepBody?: boolean;
};

const emptySha256 = createHash("sha256").digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

export class S3Client {
  readonly #target: Target;
  readonly #agent: Agent;
  #day = "";
  #signingKey: Buffer = Buffer.alloc(0);

  constructor(target: Target, sockets: number) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets, scheduling: "fifo" });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Sends one request; rejects when the connection fails or ends early, resolves with any status. */
  send(call: Call): Promise<Answer> {
    const { endpoint } = this.#target;
    const headers = this.#sign(call);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: endpoint.hostname,
          port: endpoint.port,
          method: call.method,
          path: call.query ? `${call.path}?${call.query}` : call.path,
          headers,
          agent: this.#agent,
        },
        (incoming) => {
          let bytes = 0;
          const kept: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (call.keepBody || (incoming.statusCode ?? 0) >= 300) kept.push(chunk);
          });
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              bytes,
              body: kept.length ? Buffer.concat(kept) : undefined,
              headers: incoming.headers,
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(call.body);
    });
  }

  #sign(call: Call): Record<string, string | number> {
    const { endpoint, accessKeyId, region } = this.#target;
    const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const day = stamp.slice(0, 8);
    const payload = call.body ? "UNSIGNED-PAYLOAD" : emptySha256;
    const signed: Record<string, string> = {
      host: endpoint.host,
      "x-amz-content-sha256": payload,
      "x-amz-date": stamp,
      ...call.headers,
    };
    const names = Object.keys(signed).sort();
    const canonical = [
      call.method,
      call.path,
      (call.query ?? "").split("&").filter(Boolean).sort().join("&"),
      ...names.map((name) => `${name}:${signed[name] ?? ""}`),
      "",
      names.join(";"),
      payload,
    ].join("\n");
    const scope = `${day}/${region}/s3/aws4_request`;
    const hash = createHash("sha256").update(canonical).digest("hex");
    const signature = hmac(this.#key(day), `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hash}`).toString("hex");
    return {
      ...signed,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
      ...(call.body ? { "content-length": call.body.length } : {}),
    };
  }

  #key(day: string): Buffer {
    if (day !== this.#day) {
      this.#day = day;
      const { secretAccessKey, region } = this.#target;
      this.#signingKey = [region, "s3", "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, day));
    }
    return this.#signingKey;
  }
}
