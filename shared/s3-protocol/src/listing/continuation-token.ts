/**
 * Continuation tokens: where the next page begins, opaque to clients. Base64url of `{"v":1,"after":...,"version"?:...}`;
 * `version` has its place for listings of versions. A token of another version of this codec is refused, not guessed at.
 */
import { s3Error } from "../errors.ts";

export type ContinuationPoint = { readonly after: string; readonly version?: string };

const maxTokenLength = 8192;

export function encodeContinuationToken(point: ContinuationPoint): string {
  return Buffer.from(JSON.stringify({ v: 1, ...point })).toString("base64url");
}

/** Throws InvalidArgument for everything that `encodeContinuationToken` did not make. */
export function decodeContinuationToken(token: string): ContinuationPoint {
  const point = token.length <= maxTokenLength && /^[A-Za-z0-9_-]+$/.test(token) ? parse(token) : undefined;
  if (point === undefined) {
    throw s3Error("InvalidArgument", {
      message: "The continuation token provided is incorrect",
      fields: { ArgumentName: "continuation-token" },
    });
  }
  return point;
}

function parse(token: string): ContinuationPoint | undefined {
  const value = parseJson(Buffer.from(token, "base64url").toString("utf8"));
  if (typeof value !== "object" || value === null || !("v" in value) || value.v !== 1) return undefined;
  if (!("after" in value) || typeof value.after !== "string") return undefined;
  if (!("version" in value)) return { after: value.after };
  return typeof value.version === "string" ? { after: value.after, version: value.version } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not a token of ours; the caller says so to the client.
    return undefined;
  }
}
