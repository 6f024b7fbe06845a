/**
 * The Range header of GetObject and HeadObject.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: one range per request.
 *
 * As S3 does, several ranges, other units and malformed headers are ignored: the answer is the whole object.
 */
import { s3Error } from "../errors.ts";

/** Offsets of the first and the last byte, both inclusive. */
export type ByteRange = { readonly start: number; readonly end: number };

/** Far more than any range needs. Blanks are allowed in several places, so looking through many of them would take long. */
const maxRangeLength = 128;

/** The part of an object of `size` bytes that a Range header asks for; undefined: all of it. Throws InvalidRange (416). */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined || header.length > maxRangeLength) return undefined;
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header);
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") return suffix(Number(last), size, header);
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (last !== "" && start > end) return undefined;
  if (start >= size) throw invalidRange(header, size);
  return { start, end: Math.min(end, size - 1) };
}

function suffix(length: number, size: number, header: string): ByteRange {
  if (length === 0 || size === 0) throw invalidRange(header, size);
  return { start: Math.max(0, size - length), end: size - 1 };
}

function invalidRange(requested: string, size: number) {
  return s3Error("InvalidRange", {
    fields: { RangeRequested: requested.trim(), ActualObjectSize: String(size) },
    headers: { "content-range": `bytes */${size}` },
  });
}

/** The value of Content-Range. */
export function formatContentRange(range: ByteRange, size: number): string {
  return `bytes ${range.start}-${range.end}/${size}`;
}

/** `x-amz-copy-source-range`: only `bytes=first-last`, and it must lie inside the source. Throws InvalidArgument. */
export function parseCopySourceRange(header: string, sourceSize: number): ByteRange {
  const invalid = (message: string) =>
    s3Error("InvalidArgument", {
      message,
      fields: { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    });
  const match = /^bytes=(\d+)-(\d+)$/.exec(header.trim());
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || start > end) {
    throw invalid(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    );
  }
  if (end >= sourceSize) throw invalid(`Range specified is not valid for source object of size: ${sourceSize}`);
  return { start, end };
}
