/**
 * Text in headers. Node hands header values over as latin1, a character per byte; clients mean UTF-8, mostly.
 * Inside Holdfast a value is proper text where its bytes are UTF-8; every other byte becomes the lone surrogate
 * U+DC00 + byte (Python's "surrogateescape"), so that each value goes back to the client with the very bytes it came with.
 *
 * Difference from AWS: S3 answers non-ASCII metadata in RFC 2047 encoded words; here the bytes stay what they were.
 */
import { isUtf8 } from "node:buffer";
import { s3Error } from "../errors.ts";

/** Latin1 header value -> text. */
export function decodeHeaderValue(raw: string): string {
  const bytes = Buffer.from(raw, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at);
    text += character === undefined ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : character.toString("utf8");
    at += character?.length ?? 1;
  }
  return text;
}

/** The well-formed UTF-8 character at this place, if there is one. */
function characterAt(bytes: Buffer, at: number): Buffer | undefined {
  const lead = bytes[at] ?? 0;
  const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const character = bytes.subarray(at, at + length);
  return character.length === length && isUtf8(character) ? character : undefined;
}

/** Text -> latin1 header value with the same bytes. */
export function encodeHeaderValue(text: string): string {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  let raw = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    raw +=
      code >= 0xdc80 && code <= 0xdcff ? String.fromCharCode(code - 0xdc00) : Buffer.from(character).toString("latin1");
  }
  return raw;
}

/** Tells whether a value can stand in a header line: no control characters but the tab. */
export function isHeaderSafe(value: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value);
}

/** Throws InvalidArgument for a value that would break out of its header line. */
export function checkHeaderValue(name: string, value: string): void {
  if (isHeaderSafe(value)) return;
  throw s3Error("InvalidArgument", {
    message: "Header value cannot contain control characters.",
    fields: { ArgumentName: name },
  });
}
