/** Content-MD5 (RFC 1864), with S3's codes. */
import { createHash, timingSafeEqual } from "node:crypto";
import { s3Error } from "../errors.ts";
import { decodeBase64 } from "./algorithms.ts";

const digestBytes = 16;

/** Decodes a Content-MD5 header. Throws InvalidDigest unless it is base64 of 16 bytes. */
export function parseContentMd5(value: string): Buffer {
  const digest = decodeBase64(value.trim(), digestBytes);
  if (digest !== undefined) return digest;
  throw s3Error("InvalidDigest", {
    message: "The Content-MD5 you specified was invalid.",
    fields: { "Content-MD5": value },
  });
}

/** Throws BadDigest unless the MD5 computed over the body equals the one declared. */
export function verifyContentMd5(declared: Uint8Array, computed: Uint8Array): void {
  if (declared.length === computed.length && timingSafeEqual(declared, computed)) return;
  throw s3Error("BadDigest", {
    message: "The Content-MD5 you specified did not match what we received.",
    // AWS answers the expected digest in hex and the calculated one in base64.
    fields: {
      ExpectedDigest: Buffer.from(declared).toString("hex"),
      CalculatedDigest: Buffer.from(computed).toString("base64"),
    },
  });
}

/** Passes a body through unchanged and throws BadDigest at its end, before it reports done, unless its MD5 is the declared one. */
export async function* verifyingContentMd5(
  source: AsyncIterable<Uint8Array>,
  declared: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const md5 = createHash("md5");
  for await (const bytes of source) {
    md5.update(bytes);
    yield bytes;
  }
  verifyContentMd5(declared, md5.digest());
}
