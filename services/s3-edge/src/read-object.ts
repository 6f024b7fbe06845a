/** What GetObject and HeadObject share: the record, its conditions, the range asked for, and the headers of the answer. */
import type { StoredObject } from "@holdfast/contracts";
import { loadParts, readObject } from "@holdfast/object-layout";
import {
  type ByteRange,
  checkRangeAndPart,
  checksumHeader,
  evaluateReadConditions,
  formatContentRange,
  formatHttpDate,
  parsePartNumber,
  parseRange,
  parseResponseOverrides,
  quoteETag,
  renderContentHeaders,
  renderUserMetadata,
  s3Error,
} from "@holdfast/s3-protocol";
import { checksumHeaders } from "./checksum-headers.ts";
import { callFor, type ObjectContext } from "./context.ts";
import type { Answer } from "./http/exchange.ts";

type Headers = (readonly [string, string])[];

/** The bytes asked for. `partCount` and `partChecksum` where they were asked for by part number. */
type Selection = { range: ByteRange | undefined; partial: boolean; partCount?: number; partChecksum?: Headers };

/** The answer of GetObject, or of HeadObject when `withBody` is false. */
export async function readAnswer(context: ObjectContext, { withBody }: { withBody: boolean }): Promise<Answer> {
  const { edge, bucket, key, headers, query } = context;
  checkRangeAndPart(headers, query);
  const overrides = parseResponseOverrides(query, { signed: true });
  const inlineLimit = withBody ? edge.config.HOLDFAST_INLINE_BYTES : 0;
  const { output, body } = await edge.metadata.ResolveObject(
    { bucket: bucket.name, key, inlineLimit },
    callFor(context),
  );
  const { object, inline } = output;
  const validators: Headers = [
    ["etag", quoteETag(object.etag)],
    ["last-modified", formatHttpDate(object.lastModified)],
  ];
  if (evaluateReadConditions(headers, object) === "notModified") return { status: 304, headers: validators };
  const selection = await select(context, object);
  const { range, partial } = selection;
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  const length = end - start + 1;
  const answer = {
    status: partial ? 206 : 200,
    headers: [...validators, ...describe(object, overrides), ...describeSelection(context, object, selection)],
    length,
  };
  if (!withBody || length === 0) return answer;
  if (inline) return { ...answer, body: body.subarray(start, end + 1) };
  return { ...answer, body: stream(context, object, start, end + 1) };
}

async function select(context: ObjectContext, object: StoredObject): Promise<Selection> {
  const partNumber = parsePartNumber(context.query);
  if (partNumber !== undefined) return selectPart(context, object, partNumber);
  const range = parseRange(context.headers.get("range"), object.size);
  return { range, partial: range !== undefined };
}

/** A part of an object completed from parts; any other object is its own part 1. */
async function selectPart(
  { edge, bucket }: ObjectContext,
  object: StoredObject,
  partNumber: number,
): Promise<Selection> {
  const parts = await loadParts(edge.bulk, object, { bucket: bucket.name });
  if (parts.length === 0) {
    if (partNumber !== 1) throw s3Error("InvalidPartNumber", { fields: { PartNumberRequested: String(partNumber) } });
    return { range: object.size > 0 ? { start: 0, end: object.size - 1 } : undefined, partial: object.size > 0 };
  }
  let start = 0;
  for (const part of parts) {
    if (part.partNumber === partNumber) {
      const { algorithm } = object.checksum ?? {};
      const range = part.run.size > 0 ? { start, end: start + part.run.size - 1 } : undefined;
      return {
        range,
        partial: true,
        partCount: parts.length,
        partChecksum: algorithm && part.checksum ? [[checksumHeader(algorithm), part.checksum]] : [],
      };
    }
    start += part.run.size;
  }
  throw s3Error("InvalidPartNumber", { fields: { PartNumberRequested: String(partNumber) } });
}

/** Headers that say what the object is; `response-*` overrides win. */
function describe(object: StoredObject, overrides: Readonly<Record<string, string>>): Headers {
  const content = renderContentHeaders(object.headers).filter(([name]) => !Object.hasOwn(overrides, name));
  return [
    ["accept-ranges", "bytes"],
    ...content,
    ...Object.entries(overrides),
    ...renderUserMetadata(object.userMetadata),
    ...(object.storageClass === "STANDARD" ? [] : [["x-amz-storage-class", object.storageClass] as const]),
    ...(object.tags.length > 0 ? [["x-amz-tagging-count", String(object.tags.length)] as const] : []),
  ];
}

/** Headers about the bytes asked for. The whole object's checksum says nothing about a range, so it is left out there. */
function describeSelection({ headers }: ObjectContext, object: StoredObject, selection: Selection): Headers {
  const { range, partial, partCount, partChecksum = [] } = selection;
  const wantsChecksum = headers.get("x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  const whole = wantsChecksum && !partial ? checksumHeaders(object.checksum) : [];
  return [
    ...(range && partial ? [["content-range", formatContentRange(range, object.size)] as const] : []),
    ...(partCount === undefined ? [] : [["x-amz-mp-parts-count", String(partCount)] as const]),
    ...whole,
    ...(wantsChecksum ? partChecksum : []),
  ];
}

/** The bytes straight from JetStream; the reads stop when the client goes away. */
async function* stream(
  { edge, exchange, bucket }: ObjectContext,
  object: StoredObject,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  const { signal } = exchange;
  const windowBytes = edge.config.HOLDFAST_WINDOW_BYTES;
  yield* readObject(edge.bulk, object, { bucket: bucket.name, start, end, signal, windowBytes });
}
