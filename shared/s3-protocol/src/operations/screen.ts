/**
 * Headers whose silence would be a lie. A client that asks for encryption, a lock, a grant or a condition gets it or gets
 * 501 with the header's name: never a 200 that did something else.
 *
 * Decisions: `x-amz-object-ownership: BucketOwnerEnforced` and the ACLs `private` and `bucket-owner-full-control` say what
 * is true here anyway, so they pass. Headers that AWS itself ignores (unknown `x-amz-*`, `x-amz-request-payer`) pass too.
 */
import { s3Error } from "../errors.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import { operations, type S3OperationName } from "./table.ts";

type Verdict = "pass" | "notImplemented" | "invalid";
type Rule = { readonly matches: (name: string) => boolean; readonly judge: (value: string) => Verdict };

const refused = (): Verdict => "notImplemented";
const named = (...names: string[]) => {
  const set = new Set(names);
  return (name: string) => set.has(name);
};
const prefixed = (prefix: string) => (name: string) => name.startsWith(prefix);
const oneOf = (passing: readonly string[], unbuilt: readonly string[]) => (value: string) =>
  passing.includes(value) ? "pass" : unbuilt.includes(value) ? "notImplemented" : "invalid";
const flag = (value: string): Verdict =>
  value.toLowerCase() === "false" ? "pass" : value.toLowerCase() === "true" ? "notImplemented" : "invalid";

const cannedAcls = ["public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read"];
const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];
const newerChecksumAlgorithms = ["MD5", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"];
const checksumHeaders = new Set(
  ["algorithm", "mode", "type", ...checksumAlgorithms].map((name) => `x-amz-checksum-${name.toLowerCase()}`),
);

/** On every operation. The prefixes also catch what S3 adds to these families later. */
const rules: readonly Rule[] = [
  { matches: prefixed("x-amz-server-side-encryption"), judge: refused },
  { matches: prefixed("x-amz-copy-source-server-side-encryption"), judge: refused },
  { matches: prefixed("x-amz-object-lock-"), judge: refused },
  { matches: prefixed("x-amz-rename-"), judge: refused },
  { matches: prefixed("x-amz-fwd-"), judge: refused },
  { matches: prefixed("x-amz-if-match-"), judge: refused },
  { matches: prefixed("x-amz-object-if-"), judge: refused },
  {
    matches: named("x-amz-write-offset-bytes", "x-amz-website-redirect-location", "x-amz-mfa"),
    judge: refused,
  },
  { matches: named("x-amz-bypass-governance-retention", "x-amz-bucket-object-lock-enabled"), judge: flag },
  { matches: (name) => name.startsWith("x-amz-checksum-") && !checksumHeaders.has(name), judge: refused },
];

/** On operations that write. */
const writeRules: readonly Rule[] = [
  { matches: prefixed("x-amz-grant-"), judge: refused },
  { matches: named("x-amz-acl"), judge: oneOf(["private", "bucket-owner-full-control"], cannedAcls) },
  {
    matches: named("x-amz-object-ownership"),
    judge: oneOf(["BucketOwnerEnforced"], ["BucketOwnerPreferred", "ObjectWriter"]),
  },
  { matches: named("x-amz-bucket-namespace"), judge: oneOf(["global"], ["account-regional"]) },
  // RFC 9110, 14.5: a PUT with Content-Range is a partial update, which must not be taken for a whole one.
  { matches: named("content-range"), judge: refused },
  {
    matches: named("x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"),
    judge: (value) => oneOf(checksumAlgorithms, newerChecksumAlgorithms)(value.toUpperCase()),
  },
];

const conditions = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
/** Which conditional headers a write honours; all others would be ignored, and an unconditional write done. */
const writeConditions: Partial<Record<S3OperationName, readonly string[]>> = {
  PutObject: ["if-match", "if-none-match"],
  CopyObject: ["if-match", "if-none-match"],
  CompleteMultipartUpload: ["if-match", "if-none-match"],
  DeleteObject: ["if-match"],
};

/** Throws NotImplemented (or InvalidArgument, for a value that S3 does not know) with the header's name in `fields`. */
export function screenHeaders(operation: S3OperationName, headers: RequestHeaders): void {
  const writes = !["GET", "HEAD", "OPTIONS"].includes(operations[operation].method);
  const applied = writes ? [...rules, ...writeRules] : rules;
  for (const [name, value] of headers.entries()) {
    const rule = applied.find(({ matches }) => matches(name));
    const verdict = rule?.judge(value.trim()) ?? "pass";
    if (verdict === "notImplemented") throw headerNotImplemented(name);
    if (verdict === "invalid") throw invalidHeader(name, value);
    if (writes && conditions.includes(name) && !(writeConditions[operation] ?? []).includes(name)) {
      throw headerNotImplemented(name);
    }
  }
}

/** S3's answer to a header it does not implement. */
export function headerNotImplemented(name: string) {
  return s3Error("NotImplemented", {
    message: "A header you provided implies functionality that is not implemented",
    fields: { Header: name },
  });
}

function invalidHeader(name: string, value: string) {
  return s3Error("InvalidArgument", {
    message: `The value of ${name} is not valid`,
    fields: { ArgumentName: name, ArgumentValue: value },
  });
}

/**
 * Compares `x-amz-expected-bucket-owner` (for a copy's source: `x-amz-source-expected-bucket-owner`) with the ids that
 * the bucket's owner goes by. Throws AccessDenied when it is none of them.
 */
export function checkExpectedBucketOwner(
  headers: RequestHeaders,
  ownerIds: readonly string[],
  header: "x-amz-expected-bucket-owner" | "x-amz-source-expected-bucket-owner" = "x-amz-expected-bucket-owner",
): void {
  const expected = headers.get(header);
  if (expected !== undefined && !ownerIds.includes(expected.trim())) throw s3Error("AccessDenied");
}
