/** How access keys are made up. */
import { randomBytes } from "node:crypto";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new access key id: `HF` and 18 letters or digits (90 random bits), 20 characters as AWS's own. */
export function newAccessKeyId(): string {
  // 256 is a multiple of 32, so the remainder is evenly spread
  return `HF${Array.from(randomBytes(18), (byte) => base32[byte % 32]).join("")}`;
}

/** A new secret: 240 random bits as 40 characters of base64url. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString("base64url");
}
