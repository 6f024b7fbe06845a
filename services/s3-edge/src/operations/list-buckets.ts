import { encodeContinuationToken, parseListBuckets, renderListBuckets } from "@holdfast/s3-protocol";
import { onService } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";

export const listBuckets = onService(async (context) => {
  const { edge, principal, query } = context;
  const { prefix, maxBuckets, startAfter, bucketRegion } = parseListBuckets(query);
  const owner = ownerOf(principal.user);
  const region = edge.config.HOLDFAST_REGION;
  if (bucketRegion !== undefined && bucketRegion !== region) {
    return { status: 200, body: renderListBuckets({ owner, buckets: [], ...(prefix && { prefix }) }) };
  }
  const page = await edge.metadata.ListBuckets({
    prefix,
    maxBuckets,
    startAfter,
    ...(!principal.admin && { owner: principal.user }),
  });
  const last = page.buckets.at(-1)?.name;
  const result = {
    owner,
    buckets: page.buckets.map(({ name, createdAt }) => ({ name, createdAt, region })),
    ...(prefix && { prefix }),
    ...(page.isTruncated && last !== undefined && { continuationToken: encodeContinuationToken({ after: last }) }),
  };
  return { status: 200, body: renderListBuckets(result) };
});
