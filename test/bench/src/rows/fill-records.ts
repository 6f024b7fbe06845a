/**
 * Fills a bucket of our own mesh with empty objects by writing their records into its stream (docs/decisions/0001-storage-layout.md):
 * minutes faster than a PUT for each of 1,000,000 keys, and the service finds the same as after them.
 */
import { createInbox, headers } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { forEachOf, type NatsAccess } from "./row.ts";

/** Publishes whose answers are awaited at once. */
const atOnce = 512;

export async function fillByRecords(
  access: NatsAccess,
  bucket: string,
  keys: number,
  keyOf: (index: number) => string,
): Promise<void> {
  const nc = await connect({
    servers: access.url,
    user: access.user,
    pass: access.pass,
    name: "bench filling a bucket",
  });
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  try {
    await forEachOf(keys, atOnce, async (index) => {
      const key = keyOf(index);
      const subject = `$O.${bucket}.M.${Buffer.from(key).toString("base64url")}`;
      const ack = await nc.request(subject, recordOf(bucket, key), { timeout: 60_000, headers: rollup });
      const refused = ack.json<{ error?: { description?: string } }>().error;
      if (refused) throw new Error(`the stream of ${bucket} refused a record: ${refused.description}`);
    });
  } finally {
    await nc.close();
  }
}

function recordOf(bucket: string, key: string): string {
  const now = new Date().toISOString();
  return JSON.stringify({
    name: key,
    bucket,
    nuid: createInbox().slice("_INBOX.".length),
    size: 0,
    chunks: 0,
    digest: "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
    mtime: now,
    headers: { "content-type": ["application/octet-stream"] },
    options: { max_chunk_size: 0 },
    metadata: { "s3.etag": "d41d8cd98f00b204e9800998ecf8427e", "s3.last-modified": now },
  });
}
