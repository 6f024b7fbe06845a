/**
 * Request bodies: from the raw bytes of the socket to verified payload.
 *
 * Bytes come out before they are known to be genuine: a payload hash is complete only at the end, a chunk's signature only
 * after its data. So a consumer may store what it gets, and must publish it only once `end` has not thrown. In return nothing
 * is buffered: memory is one raw piece, whatever the body's size.
 */
import { StreamedHash } from "../checksums/streamed-hash.ts";
import { s3Error } from "../errors.ts";
import { ChunkParser } from "./chunk-parser.ts";
import { SignatureChain } from "./chunk-signatures.ts";
import { wrongLength } from "./incomplete-body.ts";
import type { SigningKey } from "./signing.ts";
import type { Authentication, PayloadMode } from "./types.ts";

export type DecodeBodyOptions = {
  readonly payload: PayloadMode;
  /** Needed, with its key, for a signed streaming body; its signature must be verified already. */
  readonly authentication: Authentication;
  readonly signingKey?: SigningKey | undefined;
  /** Bytes of payload: `x-amz-decoded-content-length` (see `parseDecodedLength`), or the Content-Length of a plain body. */
  readonly decodedLength?: number | undefined;
  /** Lower-case names from `x-amz-trailer`; no other trailer is taken, and each must come. */
  readonly expectTrailers: readonly string[];
  /** The most bytes of payload. */
  readonly limit: number;
};

/** A body on its way in. After the first error it is of no further use. */
export type BodyDecoder = {
  /** Takes the next raw bytes and answers the payload in them: views of them where they are large. Throws S3Error. */
  push(bytes: Uint8Array): readonly Uint8Array[];
  /** The raw body has ended. Throws unless that was its end and all of it is as it was signed. */
  end(): void;
  /** The trailers by lower-case name: complete, and verified, after `end`. */
  trailers(): Record<string, string>;
};

/**
 * Decodes and verifies a body. Throws here MissingContentLength (streaming without a decoded length) and EntityTooLarge; while
 * it comes in IncompleteBody, XAmzContentSHA256Mismatch, SignatureDoesNotMatch, InvalidChunkSizeError, MalformedTrailerError
 * and EntityTooLarge.
 */
export function decodeBody(options: DecodeBodyOptions): BodyDecoder {
  const { payload, decodedLength, limit } = options;
  if (decodedLength !== undefined && decodedLength > limit) throw tooLarge(decodedLength, limit);
  if (payload.kind === "signed" || payload.kind === "unsigned") {
    return decodePlain(options, payload.kind === "signed" ? payload.sha256 : undefined);
  }
  if (decodedLength === undefined) throw s3Error("MissingContentLength");
  const parser = new ChunkParser({
    chain: payload.kind === "streaming-signed" ? chainOf(options) : undefined,
    trailer: payload.kind === "streaming-unsigned-trailer" || payload.trailer,
    expectTrailers: options.expectTrailers,
    decodedLength,
  });
  return {
    push: (bytes) => parser.push(bytes),
    end: () => parser.end(),
    trailers: () => Object.fromEntries(parser.trailers.values),
  };
}

/** Reads `x-amz-decoded-content-length`. Throws MissingContentLength when it is absent or no number, as AWS does. */
export function parseDecodedLength(header: string | undefined): number {
  const text = header?.trim() ?? "";
  if (!/^\d{1,15}$/.test(text)) throw s3Error("MissingContentLength");
  return Number(text);
}

function chainOf({ authentication, signingKey }: DecodeBodyOptions): SignatureChain {
  if (authentication.kind === "anonymous" || signingKey === undefined) {
    throw new TypeError("a signed streaming body needs its request's authentication and signing key");
  }
  return new SignatureChain(authentication, signingKey);
}

function tooLarge(proposed: number, limit: number) {
  return s3Error("EntityTooLarge", { fields: { ProposedSize: String(proposed), MaxSizeAllowed: String(limit) } });
}

function decodePlain({ decodedLength, limit }: DecodeBodyOptions, sha256: string | undefined): BodyDecoder {
  const hash = sha256 === undefined ? undefined : new StreamedHash("sha256");
  let length = 0;
  return {
    push(bytes) {
      length += bytes.length;
      if (decodedLength !== undefined && length > decodedLength) throw wrongLength(decodedLength, length);
      if (length > limit) throw tooLarge(length, limit);
      hash?.update(bytes);
      return [bytes];
    },
    end() {
      if (decodedLength !== undefined && length < decodedLength) throw wrongLength(decodedLength, length);
      const computed = hash?.digest().toString("hex");
      if (sha256 === undefined || computed === undefined || computed === sha256) return;
      throw s3Error("XAmzContentSHA256Mismatch", {
        fields: { ClientComputedContentSHA256: sha256, S3ComputedContentSHA256: computed },
      });
    },
    trailers: () => ({}),
  };
}
