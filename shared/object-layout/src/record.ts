/**
 * An object's record: ADR-20's ObjectInfo (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md)
 * with what S3 needs besides in `headers` and `metadata`. docs/decisions/0001-storage-layout.md lists the keys.
 *
 * Read strictly, but never crashing: what another client or another version wrote is taken as far as it can be, and a
 * record that cannot be is an UnreadableRecord error. Links (ADR-20) are not objects here.
 */
import { createHash } from "node:crypto";
import type { Checksum, ObjectAttributes, StoredObject, Tag } from "@holdfast/contracts";
import { LayoutError } from "./errors.ts";
import { mangleBucket } from "./names.ts";
import {
  decodeCompactedParts,
  decodeParts,
  decodeRun,
  encodeCompactedParts,
  encodeParts,
  encodeRun,
  isCount,
  isRunId,
} from "./parts.ts";

const digestPrefix = "SHA-256=";
const metaPrefix = "x-amz-meta-";

/** What a record is written from. */
export type NewRecord = Omit<StoredObject, "sequence" | "versionId" | "lastModified" | keyof ObjectAttributes> &
  ObjectAttributes & { lastModified: number };

/** What a message on a record's subject can be. `nuid` names the chunks (a run, or all runs of an upload). */
export type DecodedRecord =
  | { kind: "object"; key: string; object: StoredObject; nuid: string }
  | { kind: "deleted"; key: string; nuid: string }
  | { kind: "link"; key: string };

/** The record of an object, as JSON. */
export function encodeRecord(bucket: string, object: NewRecord): string {
  const { data } = object;
  const run = data.kind === "run" ? data.run : undefined;
  return JSON.stringify({
    name: object.key,
    bucket: mangleBucket(bucket),
    nuid: data.kind === "run" ? data.run.id : data.uploadId,
    size: object.size,
    chunks: run?.chunks ?? 0,
    // plain clients refuse an object whose digest they do not know, rather than read it wrongly
    digest: object.sha256 === undefined ? "" : digestPrefix + padded(object.sha256),
    mtime: new Date(object.lastModified).toISOString(),
    headers: encodeHeaders(object),
    options: { max_chunk_size: run?.chunkSize ?? 0 },
    metadata: encodeMetadata(object),
  });
}

/** The record that says a key was deleted. */
export function encodeTombstone(bucket: string, key: string, nuid: string): string {
  return JSON.stringify({
    name: key,
    bucket: mangleBucket(bucket),
    nuid,
    size: 0,
    chunks: 0,
    digest: "",
    deleted: true,
  });
}

/** The same record with other tags. Everything else stays as it was written, also what a plain client put there. */
export function retagRecord(data: Uint8Array, object: StoredObject, tags: readonly Tag[]): string {
  const raw = parse(data);
  const metadata: Record<string, unknown> = { ...asObject(raw["metadata"]) };
  // a plain client's record has neither: they must not change because tags do
  metadata["s3.etag"] = object.etag;
  metadata["s3.last-modified"] = new Date(object.lastModified).toISOString();
  if (tags.length > 0) metadata["s3.tags"] = encodeTags(tags);
  else delete metadata["s3.tags"];
  return JSON.stringify({ ...raw, metadata });
}

/** Reads a record; throws UnreadableRecord. `sequence` and `timeMs` are the message's. */
export function decodeRecord(data: Uint8Array, message: { sequence: number; timeMs: number }): DecodedRecord {
  const raw = parse(data);
  const key = raw["name"];
  if (typeof key !== "string" || key === "") throw unreadable("it has no name");
  if (asObject(asObject(raw["options"])["link"])["bucket"] !== undefined) return { kind: "link", key };
  const nuid = raw["nuid"];
  if (!isRunId(nuid)) throw unreadable("it has no nuid");
  if (raw["deleted"] === true) return { kind: "deleted", key, nuid };

  const size = raw["size"];
  if (!isCount(size)) throw unreadable("it has no size");
  const metadata = stringValues(asObject(raw["metadata"]));
  const digest = raw["digest"];
  const sha256 =
    typeof digest === "string" && digest.startsWith(digestPrefix) ? digest.slice(digestPrefix.length) : undefined;
  const checksum = decodeChecksum(metadata["s3.checksum"]);
  const compactedParts = decodeCompactedParts(metadata["s3.compacted-parts"]);
  const object: StoredObject = {
    key,
    versionId: "null",
    etag: decodeETag(metadata["s3.etag"], sha256, nuid),
    size,
    lastModified: decodeTime(metadata["s3.last-modified"]) ?? message.timeMs,
    sequence: message.sequence,
    ...decodeHeaders(asObject(raw["headers"])),
    tags: decodeTags(metadata["s3.tags"]),
    storageClass: metadata["s3.storage-class"] ?? "STANDARD",
    ...(checksum === undefined ? {} : { checksum }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(compactedParts === undefined ? {} : { compactedParts }),
    data: decodeData(raw, nuid, size, metadata),
  };
  return { kind: "object", key, object, nuid };
}

function encodeHeaders({ headers, userMetadata }: NewRecord): Record<string, string[]> {
  // fromEntries, here and below: `x-amz-meta-__proto__` is a name like any other
  return Object.fromEntries([
    ...Object.entries(headers).map(([name, value]) => [name, [value]] as [string, string[]]),
    ...Object.entries(userMetadata).map(([name, value]) => [metaPrefix + name, [value]] as [string, string[]]),
  ]);
}

function encodeMetadata({
  etag,
  lastModified,
  storageClass,
  tags,
  checksum,
  compactedParts,
  data,
}: NewRecord): Record<string, string> {
  const metadata: Record<string, string> = {
    "s3.etag": etag,
    "s3.last-modified": new Date(lastModified).toISOString(),
  };
  if (storageClass !== "STANDARD") metadata["s3.storage-class"] = storageClass;
  if (tags.length > 0) metadata["s3.tags"] = encodeTags(tags);
  if (checksum !== undefined) metadata["s3.checksum"] = `${checksum.algorithm}:${checksum.type}:${checksum.value}`;
  if (compactedParts !== undefined) metadata["s3.compacted-parts"] = encodeCompactedParts(compactedParts);
  if (data.kind === "run") {
    if (data.run.sequences !== undefined) metadata["s3.sequences"] = data.run.sequences;
    return metadata;
  }
  metadata["s3.upload-id"] = data.uploadId;
  if (data.kind === "parts") metadata["s3.parts"] = encodeParts(data.parts);
  else metadata["s3.manifest"] = `${data.partCount}:${encodeRun(data.manifest)}`;
  return metadata;
}

function decodeData(
  raw: Record<string, unknown>,
  nuid: string,
  size: number,
  metadata: Record<string, string>,
): StoredObject["data"] {
  const parts = metadata["s3.parts"];
  const manifest = metadata["s3.manifest"];
  const uploadId = metadata["s3.upload-id"] ?? nuid;
  if (parts !== undefined) return { kind: "parts", uploadId, parts: decodeParts(parts) };
  if (manifest !== undefined) {
    const colon = manifest.indexOf(":");
    const partCount = Number(manifest.slice(0, colon));
    if (colon < 1 || !isCount(partCount) || partCount < 1) throw unreadable("its manifest is damaged");
    return { kind: "manifest", uploadId, partCount, manifest: decodeRun(manifest.slice(colon + 1)) };
  }
  const chunks = raw["chunks"];
  if (!isCount(chunks)) throw unreadable("it has no chunk count");
  const given = asObject(raw["options"])["max_chunk_size"];
  const chunkSize = isCount(given) ? given : chunks === 0 ? 0 : Math.ceil(size / chunks);
  const sequences = metadata["s3.sequences"];
  const run = { id: nuid, size, chunks, chunkSize };
  return { kind: "run", run: sequences === undefined ? run : { ...run, sequences } };
}

/** A plain client's object has no MD5. Stable, and with a dash, so that no client takes it for one. */
function decodeETag(given: string | undefined, sha256: string | undefined, nuid: string): string {
  if (given !== undefined && /^[0-9a-f]{32}(-\d{1,5})?$/.test(given)) return given;
  const digest = sha256 === undefined ? createHash("sha256").update(nuid).digest() : Buffer.from(sha256, "base64url");
  const hex = digest.toString("hex").slice(0, 32);
  return `${hex.padEnd(32, "0")}-1`;
}

function decodeTime(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) || time < 0 ? undefined : time;
}

function decodeHeaders(raw: Record<string, unknown>): Pick<ObjectAttributes, "headers" | "userMetadata"> {
  const headers: [string, string][] = [];
  const userMetadata: [string, string][] = [];
  for (const [name, values] of Object.entries(raw)) {
    const value: unknown = Array.isArray(values) ? values[0] : values;
    if (typeof value !== "string") continue;
    const lower = name.toLowerCase();
    if (lower.startsWith(metaPrefix)) userMetadata.push([lower.slice(metaPrefix.length), value]);
    else headers.push([lower, value]);
  }
  return { headers: Object.fromEntries(headers), userMetadata: Object.fromEntries(userMetadata) };
}

function decodeChecksum(text: string | undefined): Checksum | undefined {
  const match = /^(CRC32|CRC32C|CRC64NVME|SHA1|SHA256):(COMPOSITE|FULL_OBJECT):(.{1,128})$/.exec(text ?? "");
  if (match === null) return undefined;
  const [, algorithm, type, value] = match;
  return { algorithm, type, value } as Checksum; // the pattern is the schema
}

function encodeTags(tags: readonly Tag[]): string {
  return tags.map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
}

function decodeTags(text: string | undefined): Tag[] {
  if (text === undefined || text === "") return [];
  return [...new URLSearchParams(text.replaceAll("+", "%2B"))].map(([key, value]) => ({ key, value }));
}

function padded(base64url: string): string {
  return base64url.padEnd(Math.ceil(base64url.length / 4) * 4, "=");
}

function parse(data: Uint8Array): Record<string, unknown> {
  try {
    return asObject(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString("utf8")));
  } catch (cause) {
    throw new LayoutError("UnreadableRecord", "unreadable record: it is not JSON", { cause });
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function stringValues(values: Record<string, unknown>): Record<string, string> {
  const strings: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (typeof value === "string") strings[name] = value;
  return strings;
}

function unreadable(why: string): LayoutError {
  return new LayoutError("UnreadableRecord", `unreadable record: ${why}`);
}
