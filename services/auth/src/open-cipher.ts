/** Finds the master key and makes sure that it is the one that the key store's secrets were encrypted with. */
import { createMasterKey, MasterKeyProblem, readMasterKey } from "@holdfast/runtime";
import { createSecretCipher } from "./domain/secret-cipher.ts";
import type { SecretCipher } from "./domain/secret-cipher.ts";
import type { KeyStore } from "./key-store.ts";

type NamedStore = KeyStore & {
  readonly masterKeyId: string | undefined;
  claimMasterKey(keyId: string): Promise<boolean>;
};

type Log = { error(fields: object, message: string): void };
export type CipherOptions = { path: string; mayCreate: boolean; log: Log };

/** Throws `MasterKeyProblem` rather than starting with another key than the store's. */
export async function openCipher(keys: NamedStore, { path, mayCreate, log }: CipherOptions): Promise<SecretCipher> {
  const cipher = createSecretCipher((await readMasterKey(path)) ?? (await makeMasterKey(keys, path, mayCreate)));
  if (keys.masterKeyId === undefined) await keys.claimMasterKey(cipher.keyId);
  if (keys.masterKeyId !== cipher.keyId) {
    throw new MasterKeyProblem(
      `${path} holds another master key (${cipher.keyId}) than the key store's secrets were encrypted with (${keys.masterKeyId}): copy that one here`,
    );
  }
  for (const { entry } of keys.list()) {
    try {
      cipher.decrypt(entry.secret, entry);
    } catch (error) {
      // one bad entry must not lock everybody out
      log.error(
        { err: error, accessKeyId: entry.accessKeyId },
        "an access key does not work: its entry was damaged or tampered with; import or make it anew",
      );
    }
  }
  return cipher;
}

/** Only for a store that never had one: a new key could not read the secrets that are already there. */
async function makeMasterKey(keys: NamedStore, path: string, mayCreate: boolean): Promise<Uint8Array> {
  if (keys.masterKeyId !== undefined || keys.list().length > 0) {
    throw new MasterKeyProblem(
      `${path} does not exist, but the key store holds secrets encrypted with master key ${keys.masterKeyId}: restore that file`,
    );
  }
  if (!mayCreate) {
    throw new MasterKeyProblem(`${path} does not exist: make it with (umask 077; openssl rand -base64 32 > ${path})`);
  }
  return createMasterKey(path);
}
