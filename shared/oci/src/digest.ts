/** Content by digest: computed, and verified while it streams by. */
import { createHash } from "node:crypto";
import type { Descriptor } from "./manifest.ts";
import { OciError } from "./errors.ts";

/** `sha256:<hex>` of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** True when the bytes are the ones that the digest (sha256 or sha512) stands for. */
export function matchesDigest(bytes: Uint8Array, digest: string): boolean {
  const [algorithm = "", hex] = digest.split(":");
  return createHash(algorithm).update(bytes).digest("hex") === hex;
}

/**
 * The same bytes, counted and hashed. What came before the end is true only when the iteration ends well: it rejects with
 * DigestMismatch when the bytes are others, or more or less than the descriptor says.
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): AsyncGenerator<Uint8Array, void> {
  const [algorithm = "", expected] = digest.split(":");
  const hash = createHash(algorithm);
  let length = 0;
  for await (const bytes of source) {
    length += bytes.length;
    if (length > size) throw new OciError("DigestMismatch", `${digest} has more than its ${size} bytes`);
    hash.update(bytes);
    yield bytes;
  }
  if (length < size) throw new OciError("DigestMismatch", `${digest} ended after ${length} of ${size} bytes`);
  if (hash.digest("hex") !== expected) throw new OciError("DigestMismatch", `the bytes are not those of ${digest}`);
}
