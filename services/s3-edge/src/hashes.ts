/** What is computed of bytes as they pass: the ETag, a checksum, and the digest that NATS Object Stores keep. */
import type { Checksum } from "@holdfast/contracts";
import { createChecksum, StreamedHash } from "@holdfast/s3-protocol";

export type ChecksumAlgorithm = Checksum["algorithm"];

export type Digests = {
  /** Hex MD5: the ETag. */
  readonly etag: string;
  /** Base64, in the algorithm that was declared or asked for. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
};

/** What a record of one run has, and an object of parts has not. */
export type ObjectDigests = Digests & {
  /** Base64url SHA-256 with padding, as NATS Object Stores write it. */
  readonly sha256: string;
};

type Hashing = Pick<StreamedHash, "update" | "digest">;

/** A SHA-256, computed unless somebody else verifies the one that is known (hex). */
const sha256Of = (known: string | undefined): Hashing =>
  known === undefined ? new StreamedHash("sha256") : { update() {}, digest: () => Buffer.from(known, "hex") };

/** Hashes bytes as they pass: MD5 always, a checksum where wanted. */
export class Hashes {
  readonly #md5 = new StreamedHash("md5");
  readonly #checksum;
  readonly #algorithm: ChecksumAlgorithm | undefined;

  constructor(algorithm: ChecksumAlgorithm | undefined, knownSha256?: string) {
    this.#algorithm = algorithm;
    this.#checksum = algorithm === "SHA256" ? sha256Of(knownSha256) : algorithm && createChecksum(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#checksum?.update(bytes);
  }

  digest(): Digests & { readonly md5: Buffer } {
    const md5 = this.#md5.digest();
    const value = this.#checksum && Buffer.from(this.#checksum.digest()).toString("base64");
    return {
      md5,
      etag: md5.toString("hex"),
      checksum: this.#algorithm && value !== undefined ? { algorithm: this.#algorithm, value } : undefined,
    };
  }
}

/** The same with a SHA-256, which is computed once, also where it is the checksum too. */
export class ObjectHashes extends Hashes {
  readonly #sha256: Hashing | undefined;

  constructor(algorithm: ChecksumAlgorithm | undefined, knownSha256?: string) {
    super(algorithm, knownSha256);
    this.#sha256 = algorithm === "SHA256" ? undefined : sha256Of(knownSha256);
  }

  override update(bytes: Uint8Array): void {
    super.update(bytes);
    this.#sha256?.update(bytes);
  }

  override digest(): ObjectDigests & { readonly md5: Buffer } {
    const digests = super.digest();
    const sha256 = this.#sha256?.digest().toString("base64") ?? digests.checksum?.value;
    if (sha256 === undefined) throw new Error("neither a SHA-256 nor a checksum that is one");
    return { ...digests, sha256: urlSafe(sha256) };
  }
}

/** Base64 as ADR-20 has it: the URL alphabet, with padding. */
const urlSafe = (base64: string) => base64.replaceAll("+", "-").replaceAll("/", "_");

/** What bytes are hashed with, as they pass. */
export type Hasher<D extends Digests> = { update(bytes: Uint8Array): void; digest(): D & { readonly md5: Buffer } };
