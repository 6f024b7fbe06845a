export { createChunkWriter } from "./chunk-writer.ts";
export type { ChunkWriter, ChunkWriterOptions } from "./chunk-writer.ts";
export { isLayoutError, LayoutError } from "./errors.ts";
export type { LayoutErrorCode } from "./errors.ts";
export { isExpired } from "./expiry.ts";
export {
  allChunks,
  allRecords,
  bucketSubjects,
  chunkSubject,
  frozenSubjects,
  mangleBucket,
  objectStoreName,
  recordSubject,
  streamName,
} from "./names.ts";
export { decodeParts, encodeParts } from "./parts.ts";
export { loadParts, readObject } from "./read-object.ts";
export type { ObjectReadOptions } from "./read-object.ts";
export { chooseChunkSize, planRead, runsOfParts } from "./read-plan.ts";
export type { ByteRange, RunRange } from "./read-plan.ts";
export { readRecord } from "./read-record.ts";
export type { RecordQuery } from "./read-record.ts";
export { readRun } from "./read-run.ts";
export type { ReadOptions, RunReadOptions } from "./read-run.ts";
export { decodeRecord, encodeRecord, encodeTombstone, retagRecord } from "./record.ts";
export type { DecodedRecord, NewRecord } from "./record.ts";
export { decodeSequences, encodeSequences } from "./sequence-table.ts";
