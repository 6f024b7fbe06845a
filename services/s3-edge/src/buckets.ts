/** Whose a bucket is, held for some seconds and withdrawn by push. What does not exist is asked for each time. */
import type { Bucket, objectMetadata } from "@holdfast/contracts";
import type { Client } from "@holdfast/micro";
import type { Logger } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import { ExpiringMap } from "./domain/expiring-map.ts";

/** Core NATS subject on which object-metadata says that a bucket was made, changed or deleted: `{ bucket }`. */
const bucketChangedSubject = "holdfast.bucket.changed";

export class Buckets {
  readonly #metadata: Client<typeof objectMetadata>;
  readonly #held = new ExpiringMap<Bucket>({ ttlMs: 10_000, maxEntries: 10_000 });

  constructor(client: Client<typeof objectMetadata>) {
    this.#metadata = client;
  }

  get size(): number {
    return this.#held.size;
  }

  follow(nc: NatsConnection, log: Logger): void {
    nc.subscribe(bucketChangedSubject, {
      callback: (error, msg) => {
        if (error) return log.error({ err: error }, "no longer told of changed buckets");
        this.forget(msg.json<{ bucket: string }>().bucket);
      },
    });
  }

  /** Forgets everything: after a reconnect nobody knows what was missed. */
  drop(): void {
    this.#held.clear();
  }

  forget(bucket: string): void {
    this.#held.delete(bucket);
  }

  /** Throws NoSuchBucket (MeshError). */
  async get(bucket: string, requestId: string): Promise<Bucket> {
    const held = this.#held.get(bucket, Date.now());
    if (held) return held;
    const described = await this.#metadata.DescribeBucket({ bucket }, { requestId });
    this.#held.set(bucket, described, Date.now());
    return described;
  }
}
