/** The port: what auth needs from where the keys are kept. */
import { AccessKey } from "@holdfast/contracts";
import type { z } from "zod";
import { EncryptedSecret } from "./domain/secret-cipher.ts";

/** An access key as it is kept: the secret encrypted. */
export const KeyEntry = AccessKey.extend({ secret: EncryptedSecret });
export type KeyEntry = z.output<typeof KeyEntry>;

/** An entry with the revision of its last write. */
export type StoredKey = { readonly entry: KeyEntry; readonly revision: number };

/** What a write is conditional on: the store's revision as a whole, or that of the one key (0: it does not exist). */
export type Expected = { readonly storeRevision: number } | { readonly keyRevision: number };

export type KeyStore = {
  /**
   * Brings the view up to date: whatever was acknowledged before the call is in it afterwards. Resolves to the store's
   * revision. Calls share round trips, so a flood of them costs no more than one at a time.
   */
  refresh(): Promise<number>;
  /** As `refresh`, and tells the revision that a write conditional on the whole store expects. */
  refreshForWrite(): Promise<number>;
  /** Of the view as last refreshed. */
  get(accessKeyId: string): StoredKey | undefined;
  list(): StoredKey[];
  /** Writes one entry; false when somebody else was faster. */
  write(entry: KeyEntry, expected: Expected): Promise<boolean>;
  delete(accessKeyId: string): Promise<void>;
};

/** Called in order of revisions for each key that changed after the store was opened. */
export type OnKeyChange = (change: { revision: number; accessKeyId: string }) => void;
