/**
 * Pages of listings. They come over the connections for reading and are counted like chunks there: with keys of 1,024 bytes a page is as
 * large as ten of them, and the edge's calls must not end with a slow consumer.
 */
import { objectMetadata } from "@holdfast/contracts";
import { type Client, client } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BucketContext } from "./context.ts";
import { ofBucket } from "./of-bucket.ts";
import { openReadWindow } from "./window.ts";

type Metadata = Client<typeof objectMetadata>;
type Query = Omit<Parameters<Metadata["ListObjects"]>[0], "bucket" | "bucketId"> & { readonly maxKeys: number };

/** The longest key and what is told beside it. */
const rowBytes = 1_280;

/** One page. Throws what ListObjects does, and SlowDown when there is no room for its answer. */
export async function listPage({ edge, bucket }: BucketContext, query: Query): ReturnType<Metadata["ListObjects"]> {
  const window = await openReadWindow(edge, query.maxKeys * rowBytes);
  try {
    return await metadataOver(window.nc).ListObjects({ ...ofBucket(bucket), ...query });
  } finally {
    window.release();
  }
}

const clients = new WeakMap<NatsConnection, Metadata>();

function metadataOver(nc: NatsConnection): Metadata {
  const known = clients.get(nc);
  if (known !== undefined) return known;
  const made = client(nc, objectMetadata);
  clients.set(nc, made);
  return made;
}
