/** Finds the newest record of a key, read-your-writes on any number of replicas. */
import { getFromLeader, getLastDirect, isStorageError, type StoredMessage } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { recordSubject, streamName } from "./names.ts";

export type RecordQuery = {
  bucket: string;
  key: string;
  /** Of the bucket's stream. With one, whoever answers a direct get is the leader; with more, a replica that lags behind may. */
  replicas: number;
  /** How long one answer may take. */
  timeoutMs?: number | undefined;
};

/** The message on a key's subject, to be decoded by decodeRecord; undefined when there is none. Rejects with StorageError. */
export async function readRecord(
  nc: NatsConnection,
  { bucket, key, replicas, timeoutMs }: RecordQuery,
): Promise<StoredMessage | undefined> {
  const stream = streamName(bucket);
  const subject = recordSubject(bucket, key);
  if (replicas <= 1) {
    try {
      return await getLastDirect(nc, stream, subject, timeoutMs);
    } catch (error) {
      // No such stream, or one that allows no direct gets (not made by us): the leader tells which.
      if (!isStorageError(error, "NoResponders")) throw error;
    }
  }
  return getFromLeader(nc, stream, { last_by_subj: subject }, timeoutMs);
}
