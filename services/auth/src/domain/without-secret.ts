import { AccessKey } from "@holdfast/contracts";
import type { KeyEntry } from "../key-store.ts";

/** What may be shown of an entry. */
export function withoutSecret(entry: KeyEntry): AccessKey {
  return AccessKey.parse(entry);
}
