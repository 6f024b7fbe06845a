/**
 * What changed in a bucket, told on NATS in the shape of S3's event messages (version 2.1, "Event message structure" of the S3 user
 * guide), one record a message, on `holdfast.events.s3.<bucket>.<event>`.
 *
 * Promise: told once the change is stored, by the instance that stored it, at most once. Two that tell of one change (a commit sent
 * twice) have the same `sequencer`. Whoever must not miss one puts a stream on `holdfast.events.s3.>`; a process killed between storing
 * and telling tells nothing. Gaps against S3: no `userIdentity`, no `sourceIPAddress`, no notification configuration by bucket.
 */
import { z } from "zod";

export const s3EventNames = [
  "ObjectCreated:Put",
  "ObjectCreated:Copy",
  "ObjectCreated:CompleteMultipartUpload",
  "ObjectRemoved:Delete",
  "ObjectTagging:Put",
  "ObjectTagging:Delete",
] as const;
export type S3EventName = (typeof s3EventNames)[number];

/** The subject of an event. Dots of the bucket's name are `_`, as in its stream's name; the event is two tokens: `ObjectCreated.Put`. */
export function s3EventSubject(bucket: string, event: S3EventName): string {
  return `holdfast.events.s3.${bucket.replaceAll(".", "_")}.${event.replace(":", ".")}`;
}

export const S3EventMessage = z.object({
  Records: z
    .array(
      z.object({
        eventVersion: z.literal("2.1"),
        eventSource: z.literal("holdfast:s3"),
        awsRegion: z.string(),
        /** ISO 8601, when the change was stored. */
        eventTime: z.string(),
        eventName: z.enum(s3EventNames),
        responseElements: z.object({ "x-amz-request-id": z.string() }),
        s3: z.object({
          s3SchemaVersion: z.literal("1.0"),
          bucket: z.object({ name: z.string(), arn: z.string() }),
          object: z.object({
            /** URL-encoded as S3 does in events: a space is `+`. */
            key: z.string(),
            size: z.int().optional(),
            eTag: z.string().optional(),
            /** Hex, same length: of two events of one key the later one is greater. */
            sequencer: z.string(),
          }),
        }),
      }),
    )
    .length(1),
});
export type S3EventMessage = z.output<typeof S3EventMessage>;
