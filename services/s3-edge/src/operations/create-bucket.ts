import { isMeshError } from "@holdfast/micro";
import {
  bodyLimits,
  checkLocationConstraint,
  parseCreateBucketConfiguration,
  validateBucketName,
} from "@holdfast/s3-protocol";
import { onBucketName } from "../context.ts";
import { readXml } from "../receive-body.ts";

export const createBucket = onBucketName(async (context) => {
  const { edge, bucketName, principal } = context;
  validateBucketName(bucketName, { allowShort: edge.config.HOLDFAST_SHORT_BUCKET_NAMES });
  const { locationConstraint } = parseCreateBucketConfiguration(await readXml(context, bodyLimits.CreateBucket));
  const region = edge.config.HOLDFAST_REGION;
  checkLocationConstraint(locationConstraint, region);
  const created = { status: 200, headers: [["location", `/${bucketName}`]] as const };
  const location = locationConstraint ?? (region === "us-east-1" ? "" : region);
  try {
    await edge.metadata.CreateBucket({ bucket: bucketName, owner: principal.user, location });
  } catch (error) {
    // In us-east-1, and only there, S3 lets an owner create a bucket again.
    if (!isMeshError(error, "BucketAlreadyOwnedByYou") || region !== "us-east-1") throw error;
  }
  return created;
});
