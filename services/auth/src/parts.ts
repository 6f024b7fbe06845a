import type { SecretCipher } from "./domain/secret-cipher.ts";
import type { KeyStore } from "./key-store.ts";

/** What the endpoints work with. */
export type AuthParts = {
  keys: KeyStore;
  cipher: SecretCipher;
  /** Milliseconds since the epoch. */
  now: () => number;
};
