/** CompactObject: an object made of parts becomes one run of chunks, which plain Object Store clients can read. */
import type { objectMetadata, ObjectPart, StoredObject } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import { isStorageError } from "@holdfast/jetstream";
import {
  createChunkWriter,
  decodeSequences,
  encodeRecord,
  LayoutError,
  loadParts,
  readObject,
  recordSubject,
} from "@holdfast/object-layout";
import { createHash } from "node:crypto";
import type { OpenBucket } from "../adapters/buckets.ts";
import { noSuchKey } from "../errors.ts";
import type { Parts } from "../parts.ts";
import { finishWrite } from "./finish-write.ts";

type Compact = (typeof objectMetadata)["endpoints"]["CompactObject"];
type CompactedParts = NonNullable<StoredObject["compactedParts"]>;

/** Longer part lists would make the record heavy: GetObjectAttributes then shows no parts. */
const partListLimit = 3_000;

export function compactObject(
  parts: Parts,
  { bucket: name, key }: Input<Compact>,
  signal: AbortSignal,
): Promise<Output<Compact>> {
  return parts.buckets.use(name, async (bucket) => {
    for (;;) {
      const found = await parts.records.read(bucket, key);
      if (found?.record.kind !== "object") throw noSuchKey(key, found?.message.sequence);
      const { object } = found.record;
      if (object.data.kind === "run") return { compacted: false, size: object.size };
      // undefined: overwritten meanwhile, which wins; what lies there now may need compacting too
      if (await rewrite(parts, bucket, object, signal)) return { compacted: true, size: object.size };
    }
  });
}

async function rewrite(parts: Parts, bucket: OpenBucket, object: StoredObject, signal: AbortSignal): Promise<boolean> {
  const { js, newId } = parts;
  const { nc } = js;
  const list = await loadParts(nc, object, { bucket: bucket.name, signal });
  const writer = createChunkWriter(nc, { bucket: bucket.name, id: newId(), size: object.size });
  try {
    const hash = createHash("sha256");
    for await (const bytes of readObject(nc, object, { bucket: bucket.name, signal })) {
      hash.update(bytes);
      await writer.write(bytes);
    }
    const run = await writer.finish();
    if (run.size !== object.size)
      throw new LayoutError("MissingChunk", "the parts make another size than the record says");
    const compactedParts = compactList(list);
    const { sequence: before, versionId: _, ...rest } = object;
    const compacted = {
      ...rest,
      sha256: hash.digest("base64url"),
      data: { kind: "run" as const, run },
      ...(compactedParts === undefined ? {} : { compactedParts }),
    };
    const subject = recordSubject(bucket.name, object.key);
    const sequence = await js.publishRecord(subject, encodeRecord(bucket.name, compacted), before);
    if (sequence === undefined) {
      await writer.abort();
      return false;
    }
    const uploadId = object.data.kind === "run" ? "" : object.data.uploadId;
    const replaced = { sequence: before, state: "object" as const, chunks: `${uploadId}.>` };
    finishWrite(parts, bucket, compacted, { sequence, replaced }, decodeSequences(run.sequences ?? "", run.chunks));
    return true;
  } catch (error) {
    // a record whose ack is missing may name these chunks: then they stay, and the sweep decides
    if (!isStorageError(error, "SlowDown")) await writer.abort();
    throw error;
  }
}

function compactList(list: readonly ObjectPart[]): CompactedParts | undefined {
  if (list.length > partListLimit) return undefined;
  return list.map(({ partNumber, run, checksum }) =>
    checksum === undefined ? { partNumber, size: run.size } : { partNumber, size: run.size, checksum },
  );
}
