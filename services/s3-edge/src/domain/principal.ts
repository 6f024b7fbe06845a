import { createHash } from "node:crypto";

/** Who made a request; undefined stands for nobody (an unsigned request). */
export type Principal = { readonly user: string; readonly admin: boolean };

/** S3's canonical user id: 64 hex digits, always the same for a user. */
export function canonicalUserId(user: string): string {
  return createHash("sha256").update(`holdfast user ${user}`).digest("hex");
}

/** How a user stands in XML; a bucket of a plain NATS client belongs to nobody. */
export function ownerOf(user: string | null): { id: string; displayName: string } {
  return user === null
    ? { id: canonicalUserId(""), displayName: "" }
    : { id: canonicalUserId(user), displayName: user };
}
