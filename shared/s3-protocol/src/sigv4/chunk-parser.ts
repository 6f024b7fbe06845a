/**
 * aws-chunked, incrementally: raw bytes in, in pieces of any size; payload bytes out, as views of the pieces.
 *
 *   header   `<hex size>[;chunk-signature=<hex>]` CRLF
 *              size > 0 -> data; size 0 -> its signature and the total are checked -> trailer
 *   data     that many bytes -> the chunk's signature is checked -> dataEnd
 *   dataEnd  CRLF -> header
 *   trailer  lines `name:value` CRLF, only in the modes that have one; an empty line, or the end of the body -> ended
 *   ended    nothing may follow
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html. As AWS does, broken framing is IncompleteBody and
 * the last CRLF may be missing (both observed by OpenStack Swift's tests against AWS, 2026). Stricter than AWS: nothing may
 * follow the end, a trailer may come once, chunk headers hold no blanks and no other parameter.
 */
import { createHash, type Hash } from "node:crypto";
import { s3Error } from "../errors.ts";
import type { SignatureChain } from "./chunk-signatures.ts";
import { signatureDoesNotMatch } from "./errors.ts";
import { incompleteBody, wrongLength } from "./incomplete-body.ts";
import { isSameSignature } from "./signing.ts";
import { TrailerReader } from "./trailers.ts";

const maxHeaderBytes = 1024;
const maxTrailerBytes = 8192;
/** AWS: every signed chunk but the last has at least this many bytes. It also bounds what signatures cost per byte. */
const minSignedChunkBytes = 8192;
/** Smaller pieces are gathered into one: a body of 1-byte chunks must not cost its consumer a call per byte. */
const smallPieceBytes = 1024;

const signedHeader = /^([0-9a-fA-F]{1,16});chunk-signature=([^;\s]+)$/;
const unsignedHeader = /^([0-9a-fA-F]{1,16})$/;
const CR = 0x0d;
const LF = 0x0a;

export type ChunkParserOptions = {
  /** Verifies chunks (and the trailer); absent for an unsigned body. */
  readonly chain: SignatureChain | undefined;
  /** Whether the mode has a trailer at all. */
  readonly trailer: boolean;
  /** Lower-case names in `x-amz-trailer`. */
  readonly expectTrailers: readonly string[];
  /** `x-amz-decoded-content-length`. */
  readonly decodedLength: number;
};

type Chunk = { readonly signature: string; remaining: number; readonly hash: Hash | undefined };

export class ChunkParser {
  readonly trailers: TrailerReader;
  readonly #options: ChunkParserOptions;
  #state: "header" | "data" | "dataEnd" | "trailer" | "ended" = "header";
  /** The beginning of a line whose end has not come yet. */
  #line = "";
  #trailerBytes = 0;
  #chunk: Chunk = { signature: "", remaining: 0, hash: undefined };
  #chunkCount = 0;
  #previousSize = Number.POSITIVE_INFINITY;
  #total = 0;

  constructor(options: ChunkParserOptions) {
    this.#options = options;
    this.trailers = new TrailerReader(options.expectTrailers, options.trailer ? options.chain : undefined);
  }

  /** Takes the next raw bytes and answers the payload in them. Throws S3Error; the parser is then of no further use. */
  push(bytes: Uint8Array): Uint8Array[] {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const pieces = new Pieces(raw.length);
    for (let at = 0; at < raw.length;) {
      if (this.#state === "ended") throw s3Error("MalformedTrailerError");
      at = this.#state === "data" ? this.#takeData(raw, at, pieces) : this.#takeLine(raw, at);
    }
    return pieces.list();
  }

  /** The raw body has ended. Throws unless that was its end: every signature and trailer is then verified. */
  end(): void {
    if (this.#state === "trailer" && this.#line === "") this.#finishTrailer();
    if (this.#state !== "ended") throw incompleteBody();
  }

  #takeData(raw: Buffer, at: number, pieces: Pieces): number {
    const chunk = this.#chunk;
    const piece = raw.subarray(at, at + Math.min(chunk.remaining, raw.length - at));
    chunk.hash?.update(piece);
    chunk.remaining -= piece.length;
    pieces.add(piece);
    if (chunk.remaining === 0) {
      if (chunk.hash !== undefined) this.#verifyChunk(chunk.hash.digest("hex"), chunk.signature);
      this.#state = "dataEnd";
    }
    return at + piece.length;
  }

  /** Takes up to the next LF. A line ends with CRLF only: a lone LF belongs to it. */
  #takeLine(raw: Buffer, at: number): number {
    if (this.#state === "dataEnd" && this.#line === "" && raw[at] === CR && raw[at + 1] === LF) {
      this.#state = "header"; // the common case, without a string for it
      return at + 2;
    }
    const newline = raw.indexOf(LF, at);
    const limit = this.#state === "trailer" ? maxTrailerBytes - this.#trailerBytes : maxHeaderBytes;
    const end = newline === -1 ? raw.length : newline + 1;
    if (this.#line.length + end - at > limit) {
      throw this.#state === "trailer" ? s3Error("MalformedTrailerError") : incompleteBody();
    }
    this.#line += raw.toString("latin1", at, end);
    if (this.#line.endsWith("\r\n")) {
      const line = this.#line.slice(0, -2);
      this.#line = "";
      this.#endLine(line);
    }
    return end;
  }

  #endLine(line: string): void {
    if (this.#state === "header") this.#beginChunk(line);
    else if (this.#state === "trailer") this.#trailerLine(line);
    else if (line === "") this.#state = "header";
    else throw incompleteBody();
  }

  #beginChunk(line: string): void {
    const { chain, decodedLength } = this.#options;
    const match = (chain === undefined ? unsignedHeader : signedHeader).exec(line);
    if (match === null) throw incompleteBody();
    const [, hex = "", signature = ""] = match;
    const size = Number.parseInt(hex, 16);
    this.#chunkCount += 1;
    if (size === 0) return this.#lastChunk(signature);
    this.#checkSize(size);
    this.#total += size;
    if (this.#total > decodedLength) throw wrongLength(decodedLength, this.#total);
    this.#chunk = { signature, remaining: size, hash: chain === undefined ? undefined : createHash("sha256") };
    this.#state = "data";
  }

  #lastChunk(signature: string): void {
    const { chain, decodedLength } = this.#options;
    if (chain !== undefined) this.#verifyChunk(createHash("sha256").digest("hex"), signature);
    if (this.#total !== decodedLength) throw wrongLength(decodedLength, this.#total);
    this.#state = "trailer";
  }

  #checkSize(size: number): void {
    if (this.#options.chain !== undefined && this.#previousSize < minSignedChunkBytes) {
      throw s3Error("InvalidChunkSizeError", {
        // AWS too names the chunk at which it noticed, with the size of the one before.
        fields: { Chunk: String(this.#chunkCount), BadChunkSize: String(this.#previousSize) },
      });
    }
    this.#previousSize = size;
  }

  #verifyChunk(sha256: string, signature: string): void {
    const { chain } = this.#options;
    const link = chain?.chunk(sha256);
    if (chain === undefined || link === undefined || isSameSignature(signature, link.signature)) return;
    throw signatureDoesNotMatch({ accessKeyId: chain.accessKeyId, stringToSign: link.stringToSign, signature });
  }

  #trailerLine(line: string): void {
    this.#trailerBytes += line.length + 2;
    if (line === "") this.#finishTrailer();
    else if (this.#options.trailer) this.trailers.line(line);
    else throw s3Error("MalformedTrailerError");
  }

  #finishTrailer(): void {
    this.trailers.finish();
    this.#state = "ended";
  }
}

/** The payload in one raw piece: large stretches as views, runs of small ones copied together. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  /** What is left of the raw piece can never hold more payload than this. */
  #capacity: number;
  #gathered: Buffer | undefined;
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(piece: Buffer): void {
    if (piece.length < smallPieceBytes) {
      this.#gathered ??= Buffer.allocUnsafeSlow(this.#capacity);
      this.#length += piece.copy(this.#gathered, this.#length);
    } else {
      this.#flush();
      this.#pieces.push(piece);
    }
    this.#capacity -= piece.length;
  }

  #flush(): void {
    if (this.#gathered === undefined) return;
    this.#pieces.push(this.#gathered.subarray(0, this.#length));
    this.#gathered = undefined;
    this.#length = 0;
  }

  list(): Uint8Array[] {
    this.#flush();
    return this.#pieces;
  }
}
