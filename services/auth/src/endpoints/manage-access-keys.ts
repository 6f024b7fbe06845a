import type { auth } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { withoutSecret } from "../domain/without-secret.ts";
import type { AuthParts } from "../parts.ts";

/** Writers of the same key who may get in between before the caller is asked to try again. */
const attempts = 8;

export function listAccessKeys({ keys }: AuthParts): Handlers<typeof auth>["ListAccessKeys"] {
  return async ({ user }) => {
    await keys.refresh();
    const accessKeys = keys
      .list()
      .map(({ entry }) => withoutSecret(entry))
      .filter((key) => user === undefined || key.user === user)
      .sort((a, b) => a.createdAt - b.createdAt || (a.accessKeyId < b.accessKeyId ? -1 : 1));
    return { accessKeys };
  };
}

export function updateAccessKey({ keys, cipher }: AuthParts): Handlers<typeof auth>["UpdateAccessKey"] {
  return async ({ accessKeyId, status }) => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      await keys.refresh();
      const key = keys.get(accessKeyId);
      if (key === undefined) throw fail("InvalidAccessKeyId", "no access key has this id");
      if (key.entry.status === status) return withoutSecret(key.entry);
      const secretAccessKey = cipher.decrypt(key.entry.secret, key.entry);
      const changed = { ...key.entry, status };
      const entry = { ...changed, secret: cipher.encrypt(secretAccessKey, changed) };
      if (!(await keys.write(entry, { keyRevision: key.revision }))) continue;
      // reading it back pushes the change to the edges before the caller hears of it
      await keys.refresh();
      return withoutSecret(entry);
    }
    throw fail("OperationAborted", "the access key is being changed by others, try again");
  };
}

export function deleteAccessKey({ keys }: AuthParts): Handlers<typeof auth>["DeleteAccessKey"] {
  return async ({ accessKeyId }) => {
    await keys.refresh();
    if (keys.get(accessKeyId) === undefined) throw fail("InvalidAccessKeyId", "no access key has this id");
    // unconditional: whatever the key has become in the meantime, it must go
    await keys.delete(accessKeyId);
    await keys.refresh();
    return {};
  };
}
