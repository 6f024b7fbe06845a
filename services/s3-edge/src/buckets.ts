/** Whose a bucket is, held for some seconds and withdrawn by push. What does not exist is asked for each time. */
import { type Bucket, BucketChanged, bucketChangedSubject, type objectMetadata } from "@holdfast/contracts";
import type { Client } from "@holdfast/micro";
import type { Logger } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import { ExpiringMap } from "./domain/expiring-map.ts";

type DescribeBucket = Client<typeof objectMetadata>["DescribeBucket"];

export class Buckets {
  readonly #describeBucket: DescribeBucket;
  readonly #held = new ExpiringMap<Bucket>({ ttlMs: 10_000, maxEntries: 10_000 });
  readonly #asking = new Map<string, Promise<Bucket>>();

  constructor({ DescribeBucket }: { readonly DescribeBucket: DescribeBucket }) {
    this.#describeBucket = DescribeBucket;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Listens for changes until the connection closes. */
  follow(nc: NatsConnection, log: Logger): void {
    nc.subscribe(bucketChangedSubject, {
      callback: (error, msg) => {
        if (error) return log.error({ err: error }, "no longer told of changed buckets");
        try {
          this.forget(BucketChanged.parse(msg.json()).bucket);
        } catch (unreadable) {
          log.warn({ err: unreadable }, "cannot read what object-metadata says of changed buckets");
          this.drop();
        }
      },
    });
  }

  /** Forgets everything: after a reconnect nobody knows what was missed. */
  drop(): void {
    this.#held.clear();
    this.#asking.clear();
  }

  /** Forgets a bucket; a question on its way may bring an old answer, which is not kept. */
  forget(bucket: string): void {
    this.#held.delete(bucket);
    this.#asking.delete(bucket);
  }

  /** True while nothing else is known than that this very bucket is there. */
  holds({ name, id }: Pick<Bucket, "name" | "id">): boolean {
    return this.#held.get(name, Date.now())?.id === id;
  }

  /** Throws NoSuchBucket (MeshError). One call for all requests that wait for the same bucket. */
  async get(bucket: string): Promise<Bucket> {
    const held = this.#held.get(bucket, Date.now());
    if (held) return held;
    const asking = this.#asking.get(bucket);
    if (asking) return asking;
    const answer = this.#describeBucket({ bucket });
    this.#asking.set(bucket, answer);
    try {
      const described = await answer;
      if (this.#asking.get(bucket) === answer) this.#held.set(bucket, described, Date.now());
      return described;
    } finally {
      if (this.#asking.get(bucket) === answer) this.#asking.delete(bucket);
    }
  }
}
