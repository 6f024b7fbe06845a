/**
 * The record of a key, read where it lies: one direct get, no other service on the way. object-metadata alone writes records; whoever
 * reads one sees every write that was acknowledged before.
 */
import type { Bucket } from "@holdfast/contracts";
import { isStorageError, type StoredMessage } from "@holdfast/jetstream";
import { decodeRecord, isExpired, readRecord } from "@holdfast/object-layout";
import { s3Error } from "@holdfast/s3-protocol";
import { setTimeout as delay } from "node:timers/promises";
import { requireSameBucket } from "./access.ts";
import type { Edge } from "./context.ts";
import type { RecentObject } from "./domain/recent-objects.ts";

export type ObjectName = { readonly edge: Edge; readonly bucket: Bucket; readonly key: string };

/** Of one answer; a server that restarts, or a stream that changes its leader, is there again in a moment. */
const answerMs = 2_000;
const retryDelaysMs = [20, 100, 400, 1_000];

/** The object under a key as it is now. Throws NoSuchKey, NoSuchBucket, SlowDown. */
export async function findObject({ edge, bucket, key }: ObjectName): Promise<RecentObject> {
  const message = await readPatiently(edge, bucket, key);
  // What is read belongs to whatever bucket has this name now; news of another one come before its records on this connection.
  if (!edge.buckets.holds(bucket)) await requireSameBucket({ edge, bucket });
  const name = recentName({ bucket, key });
  if (message === undefined) {
    edge.recent.delete(name);
    throw s3Error("NoSuchKey", { fields: { Key: key } });
  }
  const recent = edge.recent.get(name, message) ?? decode(edge, name, message);
  if (recent === undefined || isExpired(bucket.storage, recent.object, Date.now())) {
    throw s3Error("NoSuchKey", { fields: { Key: key } });
  }
  return recent;
}

/** What the edge's memory calls an object. */
export const recentName = ({ bucket, key }: Pick<ObjectName, "bucket" | "key">): string => `${bucket.id}/${key}`;

function decode({ recent }: Edge, name: string, message: StoredMessage): RecentObject | undefined {
  const record = decodeRecord(message.data, message);
  if (record.kind === "object") return recent.add(name, message, record.object, message.data.length);
  recent.delete(name);
  return undefined;
}

async function readPatiently(edge: Edge, bucket: Bucket, key: string): Promise<StoredMessage | undefined> {
  const query = { bucket: bucket.name, key, replicas: bucket.storage.replicas, timeoutMs: answerMs };
  for (let attempt = 0; ; attempt++) {
    try {
      return await readRecord(edge.nc, query);
    } catch (error) {
      const pause = retryDelaysMs[attempt];
      const mayPass = isStorageError(error, "SlowDown") || isStorageError(error, "NoResponders");
      if (!mayPass || pause === undefined) throw error;
      await delay(pause);
    }
  }
}
