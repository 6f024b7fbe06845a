export { createChunkWriter } from "./chunk-writer.ts";
export type { ChunkWriter, ChunkWriterOptions } from "./chunk-writer.ts";
export { getFromLeader, getLastDirect, openBatch } from "./direct-get.ts";
export type { Batch, BatchRequest, LeaderQuery, StoredMessage } from "./direct-get.ts";
export { fromApiError, isStorageError, StorageError } from "./errors.ts";
export type { StorageErrorCode } from "./errors.ts";
export { apiRequest, publishAcked, purgeSubject } from "./jetstream.ts";
export type { PublishOptions } from "./jetstream.ts";
export { isNoResponders, mailboxOf } from "./mailbox.ts";
export type { Address, Mailbox } from "./mailbox.ts";
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
export { readRun } from "./read-run.ts";
export type { ReadOptions, RunReadOptions } from "./read-run.ts";
export { decodeRecord, encodeRecord, encodeTombstone, retagRecord } from "./record.ts";
export type { DecodedRecord, NewRecord } from "./record.ts";
export { decodeSequences, encodeSequences } from "./sequence-table.ts";
