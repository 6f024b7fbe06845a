import type { Checksum } from "@holdfast/contracts";
import { nuid } from "@nats-io/nats-core";
import { parseWriteConditions, quoteETag } from "@holdfast/s3-protocol";
import { requireSameBucket } from "../access.ts";
import { checksumHeaders } from "../checksum-headers.ts";
import { type ObjectContext, onObject } from "../context.ts";
import { attributesOf, maxSinglePut } from "../new-object.ts";
import type { Digests, ObjectDigests } from "../hashes.ts";
import { type IncomingBody, readWhole, receiveObject } from "../receive-body.ts";
import { commitRun, storeVerified } from "../store-body.ts";
import { withInline, withRoom, withWindow } from "../window.ts";
import { ofBucket } from "../of-bucket.ts";

const fullObject = (checksum: Digests["checksum"]): Checksum | undefined =>
  checksum && { ...checksum, type: "FULL_OBJECT" };

/** A small object travels with its record; a large one goes to JetStream while it arrives, and is committed at the end. */
export const putObject = onObject(async (context) => {
  const { bucket, key, headers } = context;
  const object = {
    ...ofBucket(bucket),
    key,
    attributes: attributesOf(headers),
    conditions: parseWriteConditions(headers),
  };
  const body = receiveObject(context, { limit: maxSinglePut });
  const store = body.length <= context.edge.inlineBytes ? putSmall : putLarge;
  const { etag, checksum } = await store(context, object, body);
  return { status: 200, headers: [["etag", quoteETag(etag)], ...checksumHeaders(fullObject(checksum))] };
});

type NewObject = Pick<
  Parameters<ObjectContext["edge"]["metadata"]["PutObject"]>[0],
  "bucket" | "bucketId" | "key" | "attributes" | "conditions"
>;

function putSmall(context: ObjectContext, object: NewObject, body: IncomingBody<ObjectDigests>): Promise<Digests> {
  const { edge } = context;
  return withRoom(edge, body.length, async () => {
    const bytes = await readWhole(body);
    const digests = body.digests();
    await requireSameBucket(context);
    const { etag, sha256, checksum } = digests;
    const written = { ...object, etag, sha256, checksum: fullObject(checksum) };
    await withInline(edge, bytes.length, () => edge.metadata.PutObject(written, { body: bytes }));
    return digests;
  });
}

async function putLarge(
  context: ObjectContext,
  object: NewObject,
  body: IncomingBody<ObjectDigests>,
): Promise<Digests> {
  const { edge } = context;
  const stored = await withWindow(edge, body.length, (windowBytes) =>
    storeVerified(context, { id: nuid.next(), windowBytes }, body),
  );
  const { run, digests } = stored;
  const { etag, sha256, checksum } = digests;
  await commitRun(context, stored, () =>
    edge.metadata.CommitObject({
      ...object,
      etag,
      sha256,
      checksum: fullObject(checksum),
      size: run.size,
      data: { kind: "run", run },
    }),
  );
  return digests;
}
