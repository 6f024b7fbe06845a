/** Finds the master key and makes sure that it is the one that the store's Secrets were sealed with. */
import { createMasterKey, createSealer, MasterKeyProblem, readMasterKey, type Sealer } from "@holdfast/runtime";

type NamedStore = {
  readonly masterKeyId: string | undefined;
  claimMasterKey(keyId: string): Promise<boolean>;
};

/** Throws `MasterKeyProblem` rather than starting with another key than the store's. */
export async function openSealer(store: NamedStore, path: string, mayCreate: boolean): Promise<Sealer> {
  const key = (await readMasterKey(path)) ?? (await makeMasterKey(store, path, mayCreate));
  const sealer = createSealer(key, "holdfast-scheduler-master-key");
  if (store.masterKeyId === undefined) await store.claimMasterKey(sealer.keyId);
  if (store.masterKeyId === sealer.keyId) return sealer;
  throw new MasterKeyProblem(
    `${path} holds another master key (${sealer.keyId}) than the Secrets were sealed with (${store.masterKeyId}): copy that one here`,
  );
}

/** Only for a store that never had one: a new key could not open the Secrets that are already there. */
async function makeMasterKey(store: NamedStore, path: string, mayCreate: boolean): Promise<Uint8Array> {
  if (store.masterKeyId !== undefined) {
    throw new MasterKeyProblem(
      `${path} does not exist, but the store holds Secrets sealed with master key ${store.masterKeyId}: restore that file`,
    );
  }
  if (mayCreate) return createMasterKey(path);
  throw new MasterKeyProblem(`${path} does not exist: make it with (umask 077; openssl rand -base64 32 > ${path})`);
}
