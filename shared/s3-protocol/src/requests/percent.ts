/** Percent-decoding as strict as S3's: bytes first, then UTF-8 without replacement characters. */
import { s3Error } from "../errors.ts";

// ignoreBOM: a key may begin with U+FEFF, and it must stay.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Decodes `%XX` of a request target, whose characters above 0x7F are raw bytes (Node gives targets as latin1).
 * Throws InvalidURI for a broken escape and for bytes that are not UTF-8.
 */
export function percentDecode(raw: string, options: { readonly plusIsSpace?: boolean } = {}): string {
  if (!/[%+\u0080-\uffff]/.test(raw)) return raw;
  const bytes = Buffer.from(raw, "latin1");
  let length = 0;
  for (let at = 0; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at);
    if (code > 0xff) throw s3Error("InvalidURI");
    let byte = code;
    if (code === PERCENT) {
      byte = hexPair(raw, at + 1);
      at += 2;
    } else if (code === PLUS && options.plusIsSpace === true) {
      byte = SPACE;
    }
    bytes[length] = byte;
    length += 1;
  }
  return decodeUtf8(bytes.subarray(0, length));
}

function hexPair(raw: string, at: number): number {
  const pair = raw.slice(at, at + 2);
  if (!/^[0-9a-fA-F]{2}$/.test(pair)) throw s3Error("InvalidURI");
  return Number.parseInt(pair, 16);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw s3Error("InvalidURI", { cause });
  }
}
