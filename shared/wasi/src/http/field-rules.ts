import { ComponentError } from "@holdfast/component-host";

/** `header-error`. */
export const invalidSyntax = new ComponentError({ tag: "invalid-syntax" });
export const forbidden = new ComponentError({ tag: "forbidden" });
export const immutable = new ComponentError({ tag: "immutable" });

/** What belongs to a connection is the host's: a guest neither sees nor sets it. The list is wasmtime's. */
const forbiddenNames = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

// RFC 9110, 5.6.2 and 5.5
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export const isToken = (text: string): boolean => token.test(text);
export const isForbidden = (lowerCaseName: string): boolean => forbiddenNames.has(lowerCaseName);

/** The name in lower case, fit to be set by a guest. */
export function checkedName(name: string): string {
  if (!isToken(name)) throw invalidSyntax;
  const lower = name.toLowerCase();
  if (isForbidden(lower)) throw forbidden;
  return lower;
}

/** A field value as the string of the same bytes, which is what both ends of the host speak. */
export function checkedValue(bytes: Uint8Array): string {
  const text = latin1(bytes);
  if (!fieldValue.test(text)) throw invalidSyntax;
  return text;
}

const shortBytes = 48;

// most values are short, and making a Buffer costs more than adding up their characters
function latin1(bytes: Uint8Array): string {
  if (bytes.length > shortBytes)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

/** The bytes of such a string. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
