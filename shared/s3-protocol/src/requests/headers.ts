/** A request's headers, with `x-amz-*` query parameters of presigned URLs among them. */
import { s3Error } from "../errors.ts";
import type { Query } from "./query.ts";

/** Names in any case, in order, duplicates kept. */
export type HeaderEntries = readonly (readonly [name: string, value: string])[];

/** Query parameters of SigV4 itself: they are no headers in disguise. */
const signingParameters = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-signedheaders",
  "x-amz-signature",
  "x-amz-security-token",
  "x-amz-content-sha256",
  "x-amz-user-agent",
]);

/**
 * AWS does not look at checksums in a presigned query: SDKs put the checksum there of the empty body that they had when signing.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
const isPresignedChecksum = (name: string) =>
  name === "x-amz-sdk-checksum-algorithm" || (name.startsWith("x-amz-checksum-") && name !== "x-amz-checksum-mode");

/** Read-only view of a request's headers. Names are compared without case. */
export class RequestHeaders {
  readonly #values = new Map<string, string>();

  constructor(entries: HeaderEntries) {
    for (const [name, value] of entries) {
      const key = name.toLowerCase();
      const earlier = this.#values.get(key);
      // RFC 9110, 5.3: repeated fields are one field, joined by commas. S3 does the same with x-amz-meta-*.
      this.#values.set(key, earlier === undefined ? value : `${earlier},${value}`);
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  /** Lower-case names, in the order they were first sent. */
  names(): IterableIterator<string> {
    return this.#values.keys();
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}

/**
 * The headers of a request. With its query, `x-amz-*` parameters count as headers: SDK presigners move ("hoist") headers
 * such as `x-amz-acl`, `x-amz-meta-*` or `x-amz-server-side-encryption` there, and S3 honours them.
 * Throws InvalidArgument when header and parameter differ.
 */
export function requestHeaders(entries: HeaderEntries, query?: Query): RequestHeaders {
  const headers = new RequestHeaders(entries);
  if (query === undefined) return headers;
  const hoisted = new Map<string, string>();
  for (const { name } of query.parameters) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("x-amz-") || signingParameters.has(lower) || isPresignedChecksum(lower)) continue;
    if (hoisted.has(lower)) continue;
    // In the form of a header: a character per byte of its UTF-8.
    const value = Buffer.from(query.get(name) ?? "").toString("latin1");
    const header = headers.get(lower);
    if (header === undefined) hoisted.set(lower, value);
    else if (header !== value) {
      throw s3Error("InvalidArgument", {
        message: "A header and the query parameter of the same name differ",
        fields: { ArgumentName: lower, ArgumentValue: value },
      });
    }
  }
  return hoisted.size === 0 ? headers : new RequestHeaders([...entries, ...hoisted]);
}
