import { onBucket } from "../context.ts";

export const headBucket = onBucket(async ({ edge }) => ({
  status: 200,
  headers: [["x-amz-bucket-region", edge.config.HOLDFAST_REGION]],
}));
