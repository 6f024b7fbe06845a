import type { Bucket } from "@holdfast/contracts";
import { isMeshError } from "@holdfast/micro";
import { s3Error } from "@holdfast/s3-protocol";
import { authorize } from "./authorize.ts";
import type { Edge } from "./context.ts";
import type { Principal } from "./domain/principal.ts";

export type AccessRequest = {
  readonly principal: Principal | undefined;
  readonly action: string;
  readonly requestId: string;
};

/** Throws AccessDenied unless the principal may do this without looking at a bucket. */
export function requireAllowed({ log }: Edge, { principal, action, requestId }: AccessRequest): Principal {
  const { allowed, reason } = authorize({ principal, action });
  if (allowed && principal) return principal;
  log.info({ requestId, action, reason }, "access denied");
  throw s3Error("AccessDenied");
}

/** The bucket, if the principal may do this to it. Nobody who is not signed in learns whether a bucket exists. */
export async function requireBucket(edge: Edge, name: string, request: AccessRequest): Promise<Bucket> {
  const { principal, action, requestId } = request;
  if (!principal) requireAllowed(edge, request);
  const bucket = await describe(edge, name, requestId);
  const { allowed, reason } = authorize({ principal, action, bucket });
  if (allowed) return bucket;
  edge.log.info({ requestId, action, reason }, "access denied");
  throw s3Error("AccessDenied");
}

async function describe(edge: Edge, name: string, requestId: string): Promise<Bucket> {
  try {
    return await edge.buckets.get(name, requestId);
  } catch (error) {
    if (isMeshError(error, "NoSuchBucket"))
      throw s3Error("NoSuchBucket", { fields: { BucketName: name }, cause: error });
    throw error;
  }
}
