/**
 * Any text as a key of NATS KV, which allows letters, digits and `-/_=.` (ADR-8), and back. What is allowed stays as it is, so that other
 * clients find it; anything else is `=b64.` and its base64url. A key that begins so itself is encoded too.
 */
const allowed = /^[-/_=.a-zA-Z0-9]+$/;
const prefix = "=b64.";

export function encodeKey(key: string): string {
  const isPlain =
    allowed.test(key) && !key.startsWith(".") && !key.endsWith(".") && !key.includes("..") && !key.startsWith(prefix);
  return isPlain ? key : `${prefix}${Buffer.from(key, "utf8").toString("base64url")}`;
}

export function decodeKey(encoded: string): string {
  return encoded.startsWith(prefix) ? Buffer.from(encoded.slice(prefix.length), "base64url").toString("utf8") : encoded;
}
