/** UTF-8: QuickJS, which runs this, has no TextEncoder, no TextDecoder and no console. */

/** Throws when the bytes are not UTF-8. */
export function decode(bytes: Uint8Array): string {
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
}

export function encode(text: string): Uint8Array {
  const escaped = encodeURIComponent(text).replaceAll(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(escaped, (character) => character.charCodeAt(0));
}
