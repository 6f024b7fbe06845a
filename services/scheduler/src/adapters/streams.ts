/** The scheduler's streams: made once, by whichever instance comes first; one that exists keeps its settings. */
import { apiRequest, isStorageError } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";

async function exists(nc: NatsConnection, name: string): Promise<boolean> {
  try {
    await apiRequest(nc, `STREAM.INFO.${name}`, undefined, { operation: "info" });
    return true;
  } catch (error) {
    if (isStorageError(error, "NoSuchStream")) return false;
    throw error;
  }
}

async function ensureStream(nc: NatsConnection, name: string, config: object): Promise<void> {
  if (await exists(nc, name)) return;
  try {
    await apiRequest(nc, `STREAM.CREATE.${name}`, { name, retention: "limits", storage: "file", ...config });
  } catch (error) {
    // another instance was faster, with other settings
    if (!(await exists(nc, name))) throw error;
  }
}

export const streamOfBucket = (kvBucket: string): string => `KV_${kvBucket}`;
export const subjectPrefix = (kvBucket: string): string => `$KV.${kvBucket}.`;

/** A stream that any NATS KV client reads as a bucket (ADR-8), whose markers of deleted keys may expire. */
export async function ensureKvBucket(
  nc: NatsConnection,
  kvBucket: string,
  { replicas, description }: { replicas: number; description: string },
): Promise<void> {
  await ensureStream(nc, streamOfBucket(kvBucket), {
    description,
    subjects: [`${subjectPrefix(kvBucket)}>`],
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    discard: "new",
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
    allow_msg_ttl: true,
  });
}

/** Old events go by age and number. */
export async function ensureEventStream(
  nc: NatsConnection,
  name: string,
  { replicas, subject, maxAgeMs }: { replicas: number; subject: string; maxAgeMs: number },
): Promise<void> {
  await ensureStream(nc, name, {
    description: "Holdfast: what happened to workloads",
    subjects: [subject],
    num_replicas: replicas,
    max_age: maxAgeMs * 1_000_000,
    max_msgs_per_subject: 100,
    max_msgs: 100_000,
    discard: "old",
    allow_direct: true,
  });
}
