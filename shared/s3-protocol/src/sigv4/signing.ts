/** Keys, strings to sign and signatures of SigV4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). */
import { createHmac, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import type { CredentialScope } from "./types.ts";

/** A derived signing key. One that is used again should be a KeyObject: Node makes one of bytes at each use, which costs 10 us. */
export type SigningKey = KeyObject | Uint8Array;

export const requestAlgorithm = "AWS4-HMAC-SHA256";
export const chunkAlgorithm = "AWS4-HMAC-SHA256-PAYLOAD";
export const trailerAlgorithm = "AWS4-HMAC-SHA256-TRAILER";
export const scopeTerminator = "aws4_request";

export const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** SHA-256 in hex; the characters of a string stand for bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash("sha256", typeof data === "string" ? Buffer.from(data, "latin1") : data);
}

function hmac(key: string | Uint8Array, data: string): Buffer {
  return createHmac("sha256", key).update(data, "utf8").digest();
}

/** The key that signs for one day, region and service. Neither the secret nor another scope's key can be told from it. */
export function deriveSigningKey(secretAccessKey: string, { date, region, service }: CredentialScope): Uint8Array {
  return [region, service, scopeTerminator].reduce(hmac, hmac(`AWS4${secretAccessKey}`, date));
}

/** `20130524/us-east-1/s3/aws4_request` */
export function scopeText({ date, region, service }: CredentialScope): string {
  return [date, region, service, scopeTerminator].join("/");
}

/** What a signature is computed over: the algorithm, the time, the scope and whatever the algorithm adds. */
export function stringToSign(
  algorithm: string,
  { amzDate, scope }: { readonly amzDate: string; readonly scope: CredentialScope },
  ...rest: readonly string[]
): string {
  return [algorithm, amzDate, scopeText(scope), ...rest].join("\n");
}

/** The signature of a string to sign, in hex. */
export function sign(signingKey: SigningKey, text: string): string {
  return createHmac("sha256", signingKey).update(text, "utf8").digest("hex");
}

/** Compares in constant time a signature given with the one computed (both hex, lower-case). */
export function isSameSignature(given: string, computed: string): boolean {
  return /^[0-9a-f]{64}$/.test(given) && timingSafeEqual(Buffer.from(given, "latin1"), Buffer.from(computed, "latin1"));
}

/** `20130524T000000Z` */
export function formatAmzDate(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, "");
}
