import type { auth } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { newAccessKeyId, newSecretAccessKey } from "../domain/credentials.ts";
import { withoutSecret } from "../domain/without-secret.ts";
import type { AuthParts } from "../parts.ts";

/** As IAM: a user rotates between two keys. Imported keys count too, but importing is not limited. */
const keysPerUser = 2;
/** Writers who may get in between before the caller is asked to try again. */
const attempts = 8;

type Owner = { user: string; admin: boolean };

export function createAccessKey(parts: AuthParts): Handlers<typeof auth>["CreateAccessKey"] {
  return (owner) => create(parts, () => owner);
}

export function rotateAccessKey(parts: AuthParts): Handlers<typeof auth>["RotateAccessKey"] {
  return ({ accessKeyId }) =>
    create(parts, () => {
      const key = parts.keys.get(accessKeyId);
      if (key === undefined) throw fail("InvalidAccessKeyId", "no access key has this id");
      return key.entry;
    });
}

/** `owner` is asked again in each attempt: the key it reads may be gone by then. */
async function create({ keys, cipher, now }: AuthParts, owner: () => Owner) {
  for (let attempt = 0; attempt < attempts; attempt++) {
    // conditional on the whole store: two creations for one user must not both see room for a second key
    const storeRevision = await keys.refreshForWrite();
    const { user, admin } = owner();
    const held = keys.list().filter(({ entry }) => entry.user === user).length;
    if (held >= keysPerUser) throw fail("LimitExceeded", `user ${user} has ${held} access keys, delete one first`);

    const accessKeyId = newAccessKeyId();
    const secretAccessKey = newSecretAccessKey();
    const key = { accessKeyId, user, admin, status: "Active" as const, createdAt: now() };
    const entry = { ...key, secret: cipher.encrypt(secretAccessKey, key) };
    if (!(await keys.write(entry, { storeRevision }))) continue;
    await keys.refresh();
    return { ...withoutSecret(entry), secretAccessKey };
  }
  throw fail("OperationAborted", "the key store is being changed by others, try again");
}
