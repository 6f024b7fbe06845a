import type { Bucket } from "@holdfast/contracts";
import { isMeshError } from "@holdfast/micro";
import { s3Error } from "@holdfast/s3-protocol";
import { type AuthorizationRequest, authorize } from "./authorize.ts";
import type { BucketContext, Edge } from "./context.ts";
import type { Principal } from "./domain/principal.ts";

type AccessRequest = Omit<AuthorizationRequest, "bucket">;

/** Throws AccessDenied unless the principal may do this without looking at a bucket. */
export function requireAllowed(edge: Edge, request: AuthorizationRequest): Principal {
  const { allowed, reason } = authorize(request);
  if (allowed && request.principal) return request.principal;
  edge.log.info({ action: request.action, reason }, "access denied");
  throw s3Error("AccessDenied");
}

/** The bucket, if the principal may do this to it. Nobody who is not signed in learns whether a bucket exists. */
export async function requireBucket(edge: Edge, name: string, request: AccessRequest): Promise<Bucket> {
  if (!request.principal) requireAllowed(edge, request);
  const bucket = await describe(edge, name);
  requireAllowed(edge, { ...request, bucket });
  return bucket;
}

/**
 * To be asked again before a write that took its time: throws NoSuchBucket when the bucket has been deleted since, also when
 * somebody made one of the same name, which this request was never allowed to touch.
 */
export async function requireSameBucket({ edge, bucket }: Pick<BucketContext, "edge" | "bucket">): Promise<void> {
  const now = await describe(edge, bucket.name);
  if (now.id !== bucket.id) throw s3Error("NoSuchBucket", { fields: { BucketName: bucket.name } });
}

async function describe(edge: Edge, name: string): Promise<Bucket> {
  try {
    return await edge.buckets.get(name);
  } catch (error) {
    if (!isMeshError(error, "NoSuchBucket")) throw error;
    throw s3Error("NoSuchBucket", { fields: { BucketName: name }, cause: error });
  }
}
