/**
 * What `x-amz-content-sha256` says about the body.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html lists the values. Gap: the
 * AWS4-ECDSA-P256 ones belong to SigV4A, which is not implemented.
 */
import { s3Error } from "../errors.ts";
import type { PayloadMode } from "./types.ts";

const header = "x-amz-content-sha256";
export const unsignedPayload = "UNSIGNED-PAYLOAD";

const streamingModes: ReadonlyMap<string, PayloadMode> = new Map([
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "streaming-signed", trailer: false }],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { kind: "streaming-signed", trailer: true }],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", { kind: "streaming-unsigned-trailer" }],
]);

/**
 * Reads the value. `streaming` says whether an aws-chunked body is possible: AWS takes it with an Authorization header
 * only (a presigned URL with such a value fails there with XAmzContentSHA256Mismatch).
 * Throws InvalidArgument, or NotImplemented for a streaming mode of another algorithm.
 */
export function parsePayloadMode(value: string, { streaming }: { readonly streaming: boolean }): PayloadMode {
  if (value === unsignedPayload) return { kind: "unsigned" };
  if (/^[0-9a-fA-F]{64}$/.test(value)) return { kind: "signed", sha256: value.toLowerCase() };
  const mode = streamingModes.get(value);
  if (mode !== undefined && streaming) return mode;
  if (mode === undefined && value.startsWith("STREAMING-")) {
    throw s3Error("NotImplemented", { fields: { Header: header } });
  }
  const names = [unsignedPayload, ...(streaming ? [...streamingModes.keys()].sort() : [])];
  throw s3Error("InvalidArgument", {
    message: `${header} must be ${names.join(", ")} or a valid sha256 value.`,
    fields: { ArgumentName: header, ArgumentValue: value },
  });
}
