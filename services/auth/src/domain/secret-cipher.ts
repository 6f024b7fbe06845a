/**
 * Encrypts secrets for the key store: AES-256-GCM, a fresh 96-bit nonce each time. Whose key it is and what it may is
 * additional data: a secret that was moved to another entry does not decrypt, nor does one whose entry was given to
 * another user, to administrators, or enabled, by somebody who can write to the stream but has no master key. Gaps: an
 * entry of before can be put back whole; one master key at a time; re-encryption under
 * a new one is not built yet (`keyId` in every entry leaves room for it).
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { z } from "zod";

export const EncryptedSecret = z.object({
  alg: z.literal("AES-256-GCM"),
  /** Which master key encrypted it; see `SecretCipher.keyId`. */
  keyId: z.string(),
  iv: z.base64(),
  tag: z.base64(),
  data: z.base64(),
});
export type EncryptedSecret = z.output<typeof EncryptedSecret>;

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
  encrypt(secret: string, holder: SecretHolder): EncryptedSecret;
  /** Throws when the master key is another one or when the entry was tampered with. */
  decrypt(secret: EncryptedSecret, holder: SecretHolder): string;
};

function boundTo({ accessKeyId, user, admin, status }: SecretHolder): Uint8Array {
  return Buffer.from(JSON.stringify([accessKeyId, user, admin, status]));
}

/** The cipher of a 32-byte master key. */
export function createSecretCipher(masterKey: Uint8Array): SecretCipher {
  if (masterKey.length !== 32) throw new Error(`a master key has 32 bytes, this one has ${masterKey.length}`);
  const keyId = createHash("sha256").update("holdfast-auth-master-key").update(masterKey).digest("hex").slice(0, 16);
  return {
    keyId,
    encrypt(secret, holder) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", masterKey, iv).setAAD(boundTo(holder));
      const data = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]).toString("base64");
      const tag = cipher.getAuthTag().toString("base64");
      return { alg: "AES-256-GCM", keyId, iv: iv.toString("base64"), tag, data };
    },
    decrypt(secret, holder) {
      if (secret.keyId !== keyId)
        throw new Error(`the secret was encrypted with master key ${secret.keyId}, not ${keyId}`);
      const iv = Buffer.from(secret.iv, "base64");
      const decipher = createDecipheriv("aes-256-gcm", masterKey, iv, { authTagLength: 16 });
      decipher.setAAD(boundTo(holder)).setAuthTag(Buffer.from(secret.tag, "base64"));
      return Buffer.concat([decipher.update(Buffer.from(secret.data, "base64")), decipher.final()]).toString("utf8");
    },
  };
}
