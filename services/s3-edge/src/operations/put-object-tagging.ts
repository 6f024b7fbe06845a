import { bodyLimits, parseTagging } from "@holdfast/s3-protocol";
import { requireSameBucket } from "../access.ts";
import { onObject } from "../context.ts";
import { readXml } from "../receive-body.ts";
import { ofBucket } from "../of-bucket.ts";

export const putObjectTagging = onObject(async (context) => {
  const { edge, bucket, key } = context;
  const tags = parseTagging(await readXml(context, bodyLimits.PutObjectTagging));
  await requireSameBucket(context);
  await edge.metadata.PutObjectTagging({ ...ofBucket(bucket), key, tags });
  return { status: 200 };
});
