/**
 * Encrypts what a service keeps at rest: AES-256-GCM, a fresh 96-bit nonce each time. What a secret is bound to is additional data: one
 * that was moved to another entry does not open. Gaps: an entry of before can be put back whole; one master key at a time.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { z } from "zod";

export const Sealed = z.object({
  alg: z.literal("AES-256-GCM"),
  /** Which master key sealed it; see `Sealer.keyId`. */
  keyId: z.string(),
  iv: z.base64(),
  tag: z.base64(),
  data: z.base64(),
});
export type Sealed = z.output<typeof Sealed>;

/** What a secret belongs to, as its entry says it. */
export type BoundTo = readonly (string | boolean)[];

export type Sealer = {
  /** Names the master key without telling anything of it. */
  readonly keyId: string;
  seal(text: string, boundTo: BoundTo): Sealed;
  /** Throws when the master key is another one or when the entry was tampered with. */
  open(sealed: Sealed, boundTo: BoundTo): string;
};

/** The sealer of a 32-byte master key. `label` tells the keys of services apart: `holdfast-auth-master-key`. */
export function createSealer(masterKey: Uint8Array, label: string): Sealer {
  if (masterKey.length !== 32) throw new Error(`a master key has 32 bytes, this one has ${masterKey.length}`);
  const keyId = createHash("sha256").update(label).update(masterKey).digest("hex").slice(0, 16);
  const additional = (boundTo: BoundTo) => Buffer.from(JSON.stringify(boundTo));
  return {
    keyId,
    seal(text, boundTo) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", masterKey, iv).setAAD(additional(boundTo));
      const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]).toString("base64");
      const tag = cipher.getAuthTag().toString("base64");
      return { alg: "AES-256-GCM", keyId, iv: iv.toString("base64"), tag, data };
    },
    open(sealed, boundTo) {
      if (sealed.keyId !== keyId)
        throw new Error(`the secret was encrypted with master key ${sealed.keyId}, not ${keyId}`);
      const iv = Buffer.from(sealed.iv, "base64");
      const decipher = createDecipheriv("aes-256-gcm", masterKey, iv, { authTagLength: 16 });
      decipher.setAAD(additional(boundTo)).setAuthTag(Buffer.from(sealed.tag, "base64"));
      return Buffer.concat([decipher.update(Buffer.from(sealed.data, "base64")), decipher.final()]).toString("utf8");
    },
  };
}
