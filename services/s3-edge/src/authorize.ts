/**
 * THE place where requests are allowed or denied. Pure: policies, when they come, are evaluated here and nowhere else.
 * Today: a bucket belongs to the user who made it; administrators may use every bucket; nobody else may anything.
 */
import type { Principal } from "./domain/principal.ts";

export type AuthorizationRequest = {
  readonly principal: Principal | undefined;
  /** As IAM names it: `s3:GetObject`. */
  readonly action: string;
  /** The bucket in question and whose it is; absent where an operation has none (ListBuckets, CreateBucket). */
  readonly bucket?: { readonly name: string; readonly owner: string | null };
};

export type Decision = { readonly allowed: boolean; /** For the log, never for the client. */ readonly reason: string };

/** Decides one request. */
export function authorize({ principal, action, bucket }: AuthorizationRequest): Decision {
  if (!principal) return { allowed: false, reason: `anonymous ${action}` };
  if (principal.admin) return { allowed: true, reason: "administrator" };
  if (!bucket) return { allowed: true, reason: "any user" };
  if (bucket.owner === principal.user) return { allowed: true, reason: "owner" };
  return { allowed: false, reason: `${principal.user} does not own ${bucket.name}` };
}
