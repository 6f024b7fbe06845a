/**
 * The three operations of object-metadata that multipart calls, over a real bucket stream: records as messages,
 * compare-and-set by the stream. Written from the contract, so that these tests prove multipart against the contract
 * and can misbehave on purpose.
 */
import { objectMetadata } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Client, Input } from "@holdfast/micro/contract";
import { bucketSubjects, recordSubject, streamName } from "@holdfast/object-layout";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { randomUUID } from "node:crypto";

type CommitInput = Input<(typeof objectMetadata)["endpoints"]["CommitObject"]>;
type Record = { etag: string; uploadId?: string; deleted?: boolean; size: number; lastModified: number };

export type Objects = Pick<Client<typeof objectMetadata>, "CommitObject" | "ResolveObject" | "DescribeBucket">;

export type StandIn = Objects & {
  createBucket(bucket: string): Promise<string>;
  deleteBucket(bucket: string): Promise<void>;
  /** A foreign write of a key, as PutObject or DeleteObject would do it. */
  overwrite(bucket: string, key: string, record?: Partial<Record>): Promise<void>;
  record(bucket: string, key: string): Promise<(Record & { sequence: number }) | undefined>;
  /** Everything that was committed, in order. */
  readonly commits: CommitInput[];
};

export async function standIn(nc: NatsConnection): Promise<StandIn> {
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc);
  const commits: CommitInput[] = [];

  const read = async (bucket: string, key: string) => {
    const message = await jsm.streams.getMessage(streamName(bucket), { last_by_subj: recordSubject(bucket, key) });
    return message === null ? undefined : { ...message.json<Record>(), sequence: message.seq };
  };
  const write = (bucket: string, key: string, record: Record, lastSubjectSequence?: number) =>
    js.publish(recordSubject(bucket, key), JSON.stringify(record), {
      expect: lastSubjectSequence === undefined ? {} : { lastSubjectSequence },
    });

  return {
    commits,
    record: read,
    async createBucket(bucket) {
      const id = randomUUID();
      await jsm.streams.add({
        name: streamName(bucket),
        subjects: bucketSubjects(bucket),
        allow_direct: true,
        allow_rollup_hdrs: true,
        metadata: { "holdfast.id": id },
      });
      return id;
    },
    async deleteBucket(bucket) {
      await jsm.streams.delete(streamName(bucket));
    },
    async overwrite(bucket, key, record = {}) {
      await write(bucket, key, { etag: "0".repeat(32), size: 0, lastModified: Date.now(), ...record });
    },
    async DescribeBucket({ bucket }) {
      const info = await jsm.streams.info(streamName(bucket)).catch((cause: unknown) => {
        throw fail("NoSuchBucket", "the bucket does not exist", { cause });
      });
      const storage = {
        replicas: 1 as const,
        storage: "file" as const,
        compression: false,
        maxAgeSeconds: 0,
        maxBytes: -1,
      };
      const id = info.config.metadata?.["holdfast.id"] ?? "";
      return { name: bucket, id, owner: "ada", createdAt: 0, location: "", storage };
    },
    async ResolveObject({ bucket, key }) {
      const record = await read(bucket, key);
      if (record === undefined || record.deleted === true) {
        throw fail("NoSuchKey", "the key does not exist", { details: { sequence: record?.sequence ?? 0 } });
      }
      const run = { id: "run", size: record.size, chunks: 0, chunkSize: 0 };
      const data =
        record.uploadId === undefined
          ? { kind: "run" as const, run }
          : { kind: "manifest" as const, uploadId: record.uploadId, partCount: 1, manifest: run };
      const { etag, size, lastModified, sequence } = record;
      const attributes = { headers: {}, userMetadata: {}, tags: [], storageClass: "STANDARD" };
      return { object: { key, versionId: "null", etag, size, lastModified, sequence, ...attributes, data } };
    },
    async CommitObject(given) {
      const input = objectMetadata.endpoints.CommitObject.input.parse(given);
      const { bucket, key, etag, size, data, conditions, expectedSequence } = input;
      const current = await read(bucket, key);
      const live = current?.deleted === true ? undefined : current;
      if (expectedSequence !== undefined && (current?.sequence ?? 0) !== expectedSequence) {
        throw fail("ConditionalRequestConflict", "the record moved on");
      }
      if (conditions.ifNoneMatch === "*" && live !== undefined) throw fail("PreconditionFailed", "the key exists");
      if (conditions.ifMatch !== undefined && live === undefined) throw fail("NoSuchKey", "the key does not exist");
      if (conditions.ifMatch !== undefined && live?.etag !== conditions.ifMatch)
        throw fail("PreconditionFailed", "another ETag");
      const lastModified = Date.now();
      const record = { etag, size, lastModified, ...(data.kind !== "run" && { uploadId: data.uploadId }) };
      const ack = await write(bucket, key, record, current?.sequence ?? 0).catch((cause: unknown) => {
        throw fail("ConditionalRequestConflict", "another writer was faster", { cause });
      });
      commits.push(input);
      return { etag, sequence: ack.seq, lastModified };
    },
  };
}
