import type { objectMetadata } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Input, Output } from "@holdfast/micro/contract";
import { isExpired, recordSubject, retagRecord } from "@holdfast/object-layout";
import { entryOf } from "../adapters/index-sync.ts";
import { noSuchKey } from "../errors.ts";
import type { Parts } from "../parts.ts";

type Tagging = (typeof objectMetadata)["endpoints"]["PutObjectTagging"];

const attemptLimit = 40;

/** Rewrites the record with other tags, on top of exactly the record that was read: a newer object is never undone. */
export function putObjectTagging(parts: Parts, input: Input<Tagging>): Promise<Output<Tagging>> {
  const { bucket: name, key, tags } = input;
  return parts.buckets.use(input, async (bucket) => {
    for (let attempt = 0; attempt < attemptLimit; attempt++) {
      const found = await parts.records.read(bucket, key);
      if (found?.record.kind !== "object") throw noSuchKey(key);
      const { object, nuid } = found.record;
      if (isExpired(bucket.bucket.storage, object, parts.now())) throw noSuchKey(key);
      const text = retagRecord(found.message.data, object, tags);
      const sequence = await parts.js.publishRecord(recordSubject(name, key), text, object.sequence);
      if (sequence === undefined) continue;
      parts.records.note(bucket, { kind: "object", key, entry: entryOf({ ...object, sequence }, nuid) }, []);
      const event = tags.length === 0 ? "ObjectTagging:Delete" : "ObjectTagging:Put";
      parts.tell(event, { bucket: name, key, sequence, timeMs: parts.now(), etag: object.etag });
      return {};
    }
    throw fail("SlowDown", "too many writes of this key at once");
  });
}
