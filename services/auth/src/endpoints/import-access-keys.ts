import type { auth } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers, Input } from "@holdfast/micro/contract";
import type { SecretCipher } from "../domain/secret-cipher.ts";
import type { StoredKey } from "../key-store.ts";
import type { AuthParts } from "../parts.ts";

type Given = Input<(typeof auth)["endpoints"]["ImportAccessKeys"]>["accessKeys"][number];

const attempts = 8;

/**
 * Answers how many keys were new or changed: importing the same file again answers 0 and writes nothing. A key that
 * exists keeps its status, so that a restart with the same credentials file does not enable what an administrator
 * disabled.
 */
export function importAccessKeys(parts: AuthParts): Handlers<typeof auth>["ImportAccessKeys"] {
  return async ({ accessKeys }) => {
    await parts.keys.refresh();
    let imported = 0;
    for (const given of accessKeys) if (await importOne(parts, given)) imported++;
    if (imported > 0) await parts.keys.refresh();
    return { imported };
  };
}

async function importOne({ keys, cipher, now }: AuthParts, given: Given): Promise<boolean> {
  const { accessKeyId, secretAccessKey, user, admin } = given;
  const isSame = ({ entry }: StoredKey): boolean =>
    entry.user === user && entry.admin === admin && secretOf(cipher, entry) === secretAccessKey;

  for (let attempt = 0; attempt < attempts; attempt++) {
    const key = keys.get(accessKeyId);
    if (key !== undefined && isSame(key)) return false;
    const status = key?.entry.status ?? ("Active" as const);
    const createdAt = key?.entry.createdAt ?? now();
    const imported = { accessKeyId, user, admin, status, createdAt };
    const entry = { ...imported, secret: cipher.encrypt(secretAccessKey, imported) };
    if (await keys.write(entry, { keyRevision: key?.revision ?? 0 })) return true;
    await keys.refresh();
  }
  throw fail("SlowDown", "the key store is being changed by others, try again");
}

/** Undefined where an entry was damaged: importing its key again repairs it. */
function secretOf(cipher: SecretCipher, entry: StoredKey["entry"]): string | undefined {
  try {
    return cipher.decrypt(entry.secret, entry);
  } catch {
    return undefined;
  }
}
