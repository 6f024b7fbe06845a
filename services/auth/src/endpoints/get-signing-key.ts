import type { auth } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { deriveSigningKey } from "@holdfast/s3-protocol";
import { RecentMap } from "../domain/recent.ts";
import { isSigningDate } from "../domain/signing-date.ts";
import type { AuthParts } from "../parts.ts";

/** Derived keys kept in memory: one per access key, day, region and service. */
const derivedKeysKept = 10_000;

/**
 * Reads through the leader each time: an answer given after a revocation was acknowledged refuses, on every instance.
 * The edges cache the answer, so this is not on the way of requests.
 */
export function getSigningKey({ keys, cipher, now }: AuthParts): Handlers<typeof auth>["GetSigningKey"] {
  const derived = new RecentMap<string, Uint8Array>(derivedKeysKept);
  return async ({ accessKeyId, date, region, service }) => {
    const revision = await keys.refresh();
    const key = keys.get(accessKeyId);
    if (key?.entry.status !== "Active") throw fail("InvalidAccessKeyId", "no active access key has this id");
    if (!isSigningDate(date, now())) throw fail("InvalidAccessKeyId", "no signing key is given for a day this far off");

    // the entry's revision is part of the name: a changed secret never finds the old one's derivations
    const name = JSON.stringify([accessKeyId, key.revision, date, region, service]);
    const derive = (): Uint8Array =>
      deriveSigningKey(cipher.decrypt(key.entry.secret, key.entry), { date, region, service });
    const body = derived.get(name) ?? derive();
    derived.set(name, body);
    return { output: { user: key.entry.user, admin: key.entry.admin, revision }, body };
  };
}
