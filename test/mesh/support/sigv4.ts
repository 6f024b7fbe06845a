/** A PutObject with signed chunks, which SDKs for JavaScript do not send, signed here by the letter of AWS's documents. */
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "./s3.ts";

const hash = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");
const hmac = (key: Uint8Array | string, text: string) => createHmac("sha256", key).update(text).digest();

export type SignedUpload = {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly signingKey: Buffer;
  /** That of the request, and those of its chunks. */
  readonly signatures: readonly string[];
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html: the payload as one chunk and the empty one. */
export function signStreamingPut(
  url: URL,
  { accessKeyId, secretAccessKey, region }: Credentials,
  payload: Uint8Array,
): SignedUpload {
  const amzDate = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = [amzDate.slice(0, 8), region, "s3", "aws4_request"];
  const signingKey = scope.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretAccessKey}`));
  const headers: Record<string, string> = {
    "content-encoding": "aws-chunked",
    host: url.host,
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-date": amzDate,
    "x-amz-decoded-content-length": String(payload.length),
  };
  const names = Object.keys(headers);
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const signedHeaders = names.join(";");
  const canonical = ["PUT", url.pathname, "", ...lines, "", signedHeaders, headers["x-amz-content-sha256"]].join("\n");
  const sign = (...parts: string[]) => hmac(signingKey, parts.join("\n")).toString("hex");
  const seed = sign("AWS4-HMAC-SHA256", amzDate, scope.join("/"), hash(canonical));
  const signChunk = (previous: string, chunk: Uint8Array) =>
    sign("AWS4-HMAC-SHA256-PAYLOAD", amzDate, scope.join("/"), previous, hash(""), hash(chunk));
  const first = signChunk(seed, payload);
  const last = signChunk(first, new Uint8Array(0));
  const body = Buffer.concat([
    Buffer.from(`${payload.length.toString(16)};chunk-signature=${first}\r\n`),
    payload,
    Buffer.from(`\r\n0;chunk-signature=${last}\r\n\r\n`),
  ]);
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${[accessKeyId, ...scope].join("/")}, SignedHeaders=${signedHeaders}, Signature=${seed}`;
  return { headers, body, signingKey, signatures: [seed, first, last] };
}
