import { renderLocation } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";

export const getBucketLocation = onBucket(async ({ edge, bucket }) => ({
  status: 200,
  body: renderLocation(bucket.location || edge.config.HOLDFAST_REGION),
}));
