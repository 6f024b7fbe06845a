/**
 * The chain of signatures over an aws-chunked body: each chunk's covers the one before, the first the request's own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
 */
import {
  chunkAlgorithm,
  emptySha256,
  sha256Hex,
  sign,
  type SigningKey,
  stringToSign,
  trailerAlgorithm,
} from "./signing.ts";
import type { SignedAuthentication } from "./types.ts";

/** What the chain begins with. */
export type ChainSeed = Pick<SignedAuthentication, "accessKeyId" | "amzDate" | "scope" | "signature">;

export type Link = { readonly stringToSign: string; readonly signature: string };

/** Computes the signatures a body should carry, in order. */
export class SignatureChain {
  readonly accessKeyId: string;
  readonly #seed: ChainSeed;
  readonly #signingKey: SigningKey;
  #previous: string;

  constructor(seed: ChainSeed, signingKey: SigningKey) {
    this.accessKeyId = seed.accessKeyId;
    this.#seed = seed;
    this.#signingKey = signingKey;
    this.#previous = seed.signature;
  }

  /** The next chunk's signature, from the SHA-256 (hex) of its data; moves the chain on. */
  chunk(sha256: string): Link {
    return this.#link(stringToSign(chunkAlgorithm, this.#seed, this.#previous, emptySha256, sha256));
  }

  /** The trailer's signature, over its canonical form. The last link. */
  trailer(canonicalTrailer: string): Link {
    return this.#link(stringToSign(trailerAlgorithm, this.#seed, this.#previous, sha256Hex(canonicalTrailer)));
  }

  #link(text: string): Link {
    this.#previous = sign(this.#signingKey, text);
    return { stringToSign: text, signature: this.#previous };
  }
}

/** `name:value` with a newline behind each; a lone newline when there is none (as AWS signs it). */
export function canonicalTrailer(trailers: Iterable<readonly [name: string, value: string]>): string {
  return [...trailers].map(([name, value]) => `${name}:${value}\n`).join("") || "\n";
}
