/** Makes what rows find when they prepare. */
import { type ClientOptions, S3Client, type Target } from "../client/s3-client.ts";
import { removeBucket } from "./clean-up.ts";
import type { NatsAccess, Scene } from "../rows/row.ts";

export type SceneSettings = {
  readonly target: Target;
  readonly bucket: string;
  readonly options: ClientOptions;
  readonly nats?: NatsAccess;
  /** Where the bare HTTP server of the floors listens. */
  readonly floorUrl?: string;
  /** Default: as many as a row likes. */
  readonly mostOperations?: number;
};

export type OpenScene = Scene & Disposable & { removeBuckets(): Promise<void> };

export function createScene({
  target,
  bucket,
  options,
  nats,
  floorUrl,
  mostOperations = Infinity,
}: SceneSettings): OpenScene {
  const buckets: string[] = [];
  const made = new Map<string, Promise<unknown>>();
  const client = new S3Client(target, options);
  const floor = floorUrl === undefined ? undefined : new S3Client({ ...target, endpoint: floorUrl }, options);
  return {
    client,
    bucket,
    nats,
    floor,
    mostOperations,
    async createBucket(name) {
      await client.succeed({ method: "PUT", path: `/${name}` });
      buckets.push(name);
    },
    async removeBuckets() {
      for (const name of buckets.splice(0)) await removeBucket(client, name);
    },
    once<T>(name: string, make: () => Promise<T>) {
      const known = made.get(name) ?? make();
      made.set(name, known);
      // a name stands for one kind of thing: whoever asks for it again gives the same `make`
      return known as Promise<T>;
    },
    [Symbol.dispose]() {
      client.close();
      floor?.close();
    },
  };
}
