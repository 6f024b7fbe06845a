/** What GetObject and HeadObject share: the record, its conditions, the range asked for, and the headers of the answer. */
import type { StoredObject } from "@holdfast/contracts";
import { isLayoutError } from "@holdfast/object-layout";
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
  rangeApplies,
  renderContentHeaders,
  renderUserMetadata,
  s3Error,
} from "@holdfast/s3-protocol";
import { checksumHeaders } from "./checksum-headers.ts";
import { type ObjectContext } from "./context.ts";
import { findObject } from "./find-object.ts";
import type { Answer } from "./http/exchange.ts";
import { partsOf } from "./object-parts.ts";
import { startReading } from "./start-reading.ts";
import { smallBytes, smallChunk } from "./small-bytes.ts";

type Headers = (readonly [string, string])[];

/** The bytes asked for. `partCount` and `partChecksum` where they were asked for by part number. */
type Selection = { range: ByteRange | undefined; partial: boolean; partCount?: number; partChecksum?: Headers };

/** The answer of GetObject, or of HeadObject when `withBody` is false. */
export async function readAnswer(context: ObjectContext, { withBody }: { withBody: boolean }): Promise<Answer> {
  checkRangeAndPart(context.headers, context.query);
  try {
    return await attempt(context, withBody);
  } catch (error) {
    // The object was replaced and its chunks freed between the record and the first byte: there is a newer record by now.
    if (isLayoutError(error, "MissingChunk")) return attempt(context, withBody);
    throw error;
  }
}

async function attempt(context: ObjectContext, withBody: boolean): Promise<Answer> {
  const { headers, query } = context;
  const overrides = parseResponseOverrides(query, { signed: true });
  const found = await findObject(context);
  const { object } = found;
  const described = describe(object, overrides);
  if (evaluateReadConditions(headers, object) === "notModified") {
    return { status: 304, headers: described.filter(([name]) => keptBy304.has(name)) };
  }
  const selection = await select(context, object);
  const { range, partial } = selection;
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  const length = end - start + 1;
  const answer = {
    status: partial ? 206 : 200,
    headers: [...described, ...describeSelection(context, object, selection)],
    length,
  };
  if (!withBody || length === 0) return answer;
  const chunkId = smallChunk(object);
  if (chunkId !== undefined) {
    const bytes = await smallBytes(context, found, chunkId);
    return { ...answer, body: length === bytes.length ? bytes : bytes.subarray(start, end + 1) };
  }
  return { ...answer, body: await startReading(context, object, start, end + 1) };
}

/** RFC 9110, 15.4.5. */
const keptBy304 = new Set(["etag", "last-modified", "cache-control", "expires"]);

async function select(context: ObjectContext, object: StoredObject): Promise<Selection> {
  const partNumber = parsePartNumber(context.query);
  if (partNumber !== undefined) return selectPart(context, object, partNumber);
  const { headers } = context;
  const range = rangeApplies(headers, object) ? parseRange(headers.get("range"), object.size) : undefined;
  return { range, partial: range !== undefined };
}

/** A part of an object completed from parts; any other object is its own part 1. */
async function selectPart(
  { edge, bucket }: ObjectContext,
  object: StoredObject,
  partNumber: number,
): Promise<Selection> {
  const parts = await partsOf(edge, bucket.name, object);
  if (parts.length === 0) {
    if (partNumber !== 1) throw s3Error("InvalidPartNumber", { fields: { PartNumberRequested: String(partNumber) } });
    return { range: object.size > 0 ? { start: 0, end: object.size - 1 } : undefined, partial: object.size > 0 };
  }
  let start = 0;
  for (const part of parts) {
    if (part.partNumber === partNumber) {
      const { algorithm } = object.checksum ?? {};
      const range = part.size > 0 ? { start, end: start + part.size - 1 } : undefined;
      return {
        range,
        partial: true,
        partCount: parts.length,
        partChecksum: algorithm && part.checksum ? [[checksumHeader(algorithm), part.checksum]] : [],
      };
    }
    start += part.size;
  }
  throw s3Error("InvalidPartNumber", { fields: { PartNumberRequested: String(partNumber) } });
}

/** Headers that say what the object is; `response-*` overrides win. */
function describe(object: StoredObject, overrides: Readonly<Record<string, string>>): Headers {
  const content = renderContentHeaders(object.headers).filter(([name]) => !Object.hasOwn(overrides, name));
  return [
    ["etag", quoteETag(object.etag)],
    ["last-modified", formatHttpDate(object.lastModified)],
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
