/**
 * SigV4 for header-signed requests, as cheap as it can be: the signing key is made once a day, the date once a second.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Gap: paths and queries must come encoded.
 */
import { createHmac, hash } from "node:crypto";

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string };
export type Unsigned = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  /** Further headers to sign, by names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
};

export const emptyPayloadHash = hash("sha256", "");
export const unsignedPayload = "UNSIGNED-PAYLOAD";

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Gives the function that makes the whole head of a signed request but `Content-Length`, with a line end behind each header. */
export function createSigner(host: string, { accessKeyId, secretAccessKey, region }: Credentials) {
  let [second, stamp, day, scope] = [0, "", "", ""];
  let signingKey: Buffer = Buffer.alloc(0);
  const renew = (now: number) => {
    second = Math.floor(now / 1_000);
    stamp = new Date(second * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, "");
    if (stamp.startsWith(`${day}T`)) return;
    day = stamp.slice(0, 8);
    scope = `${day}/${region}/s3/aws4_request`;
    signingKey = [region, "s3", "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, day));
  };
  return ({ method, path, query, payloadHash, headers }: Unsigned, now = Date.now()): string => {
    if (Math.floor(now / 1_000) !== second) renew(now);
    const extra = Object.keys(headers);
    const fixed = `host:${host}\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${stamp}\n`;
    let [signedHeaders, names] = [fixed, "host;x-amz-content-sha256;x-amz-date"];
    if (extra.length > 0) {
      const all: Record<string, string> = {
        ...headers,
        host,
        "x-amz-content-sha256": payloadHash,
        "x-amz-date": stamp,
      };
      const sorted = [...extra, "host", "x-amz-content-sha256", "x-amz-date"].sort();
      signedHeaders = sorted.map((name) => `${name}:${all[name]}\n`).join("");
      names = sorted.join(";");
    }
    const canonicalQuery = query.includes("&") ? query.split("&").sort().join("&") : query;
    const canonical = `${method}\n${path}\n${canonicalQuery}\n${signedHeaders}\n${names}\n${payloadHash}`;
    const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hash("sha256", canonical)}`;
    const signature = createHmac("sha256", signingKey).update(toSign).digest("hex");
    const target = query === "" ? path : `${path}?${query}`;
    let head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nx-amz-date: ${stamp}\r\nx-amz-content-sha256: ${payloadHash}\r\n`;
    for (const name of extra) head += `${name}: ${headers[name]}\r\n`;
    return `${head}Authorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}\r\n`;
  };
}
