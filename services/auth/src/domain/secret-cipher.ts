/**
 * Encrypts secrets for the key store. Whose key it is and what it may is bound to each: a secret that was moved to another entry does
 * not decrypt, nor does one whose entry was given to another user, to administrators, or enabled, by somebody who can write to the
 * stream but has no master key. Gap: re-encryption under a new master key is not built yet (`keyId` in every entry leaves room for it).
 */
import { type BoundTo, createSealer, Sealed } from "@holdfast/runtime";

export { Sealed as EncryptedSecret };

/** What a secret is bound to: everything that a signing key's answer depends on. */
export type SecretHolder = {
  readonly accessKeyId: string;
  readonly user: string;
  readonly admin: boolean;
  readonly status: string;
};

export type SecretCipher = {
  /** Names the master key without telling anything of it. */
  readonly keyId: string;
  encrypt(secret: string, holder: SecretHolder): Sealed;
  /** Throws when the master key is another one or when the entry was tampered with. */
  decrypt(secret: Sealed, holder: SecretHolder): string;
};

const boundTo = ({ accessKeyId, user, admin, status }: SecretHolder): BoundTo => [accessKeyId, user, admin, status];

/** The cipher of a 32-byte master key. */
export function createSecretCipher(masterKey: Uint8Array): SecretCipher {
  const sealer = createSealer(masterKey, "holdfast-auth-master-key");
  return {
    keyId: sealer.keyId,
    encrypt: (secret, holder) => sealer.seal(secret, boundTo(holder)),
    decrypt: (secret, holder) => sealer.open(secret, boundTo(holder)),
  };
}
