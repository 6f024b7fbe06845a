import type { Checksum, ObjectAttributes } from "@holdfast/contracts";
import { nuid } from "@nats-io/nats-core";
import {
  checkCopyOntoItself,
  parseCopyDirectives,
  parseRequestedAlgorithm,
  parseWriteConditions,
  renderCopyObject,
} from "@holdfast/s3-protocol";
import { type ObjectContext, onObject } from "../context.ts";
import { copiedBytes, limitCopy, resolveSource, type SourceObject } from "../copy-source.ts";
import { attributesOf, maxSinglePut } from "../new-object.ts";
import { type ChecksumAlgorithm, ObjectHashes } from "../hashes.ts";
import { answerSlowly } from "../slow-answer.ts";
import { commitRun, storeVerified } from "../store-body.ts";
import { withWindow } from "../window.ts";
import { ofBucket } from "../of-bucket.ts";

/** What the copy is given: from the source or from the request, as the directives say. The storage class is never copied. */
function attributesOfCopy({ headers }: ObjectContext, { object }: SourceObject): ObjectAttributes {
  const asked = attributesOf(headers);
  const { metadata, tagging } = parseCopyDirectives(headers);
  const described = metadata === "REPLACE" ? asked : object;
  return {
    headers: described.headers,
    userMetadata: described.userMetadata,
    tags: tagging === "REPLACE" ? asked.tags : object.tags,
    storageClass: asked.storageClass,
  };
}

export const copyObject = onObject(async (context) => {
  const { edge, exchange, bucket, key, headers } = context;
  const conditions = parseWriteConditions(headers);
  const from = await resolveSource(context);
  checkCopyOntoItself(from.source, { bucket: bucket.name, key }, headers);
  limitCopy(from.object.size, maxSinglePut);
  const attributes = attributesOfCopy(context, from);
  const algorithm = parseRequestedAlgorithm(headers) ?? from.object.checksum?.algorithm;

  const copy = async (): Promise<string> => {
    const stored = await copyRun(context, from, algorithm);
    const { run, digests } = stored;
    const { etag, sha256, checksum: value } = digests;
    const checksum: Checksum | undefined = value && { ...value, type: "FULL_OBJECT" };
    const object = { ...ofBucket(bucket), key, attributes, conditions, checksum, etag, sha256, size: run.size };
    const { lastModified } = await commitRun(context, stored, () =>
      edge.metadata.CommitObject({ ...object, data: { kind: "run", run }, createdBy: "Copy" }),
    );
    return renderCopyObject({ etag, lastModified, checksum });
  };
  return answerSlowly(edge, exchange, copy());
});

function copyRun(context: ObjectContext, from: SourceObject, algorithm: ChecksumAlgorithm | undefined) {
  const { edge } = context;
  const { size } = from.object;
  return withWindow(edge, size, (windowBytes) => {
    const copied = copiedBytes(context, from, { start: 0, end: size }, new ObjectHashes(algorithm));
    return storeVerified(context, { id: nuid.next(), windowBytes }, copied);
  });
}
