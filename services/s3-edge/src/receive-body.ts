/**
 * Request bodies on their way in: decoded and verified by s3-protocol, hashed as they pass. What comes out may be stored at once and
 * must be made visible only after `digests()`, which throws when anything the client promised about the body is not true.
 */
import {
  createChecksum,
  decodeBody,
  type DeclaredChecksum,
  parseChecksumTrailer,
  parseContentMd5,
  parseDeclaredChecksum,
  parseDecodedLength,
  s3Error,
  StreamedHash,
  verifyChecksum,
  verifyContentMd5,
} from "@holdfast/s3-protocol";
import type { Checksum } from "@holdfast/contracts";
import type { ServiceContext } from "./context.ts";
import type { Sink } from "./http/read-body.ts";
import { withRoom } from "./window.ts";

export type ChecksumAlgorithm = Checksum["algorithm"];

export type Digests = {
  /** Hex MD5: the ETag. */
  readonly etag: string;
  /** Base64url SHA-256 with padding, as NATS Object Stores write it. */
  readonly sha256: string;
  /** Base64, in the algorithm that was declared or asked for. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
};

/** Hashes bytes as they pass: MD5 and SHA-256 always, one checksum more where wanted. */
export class Hashes {
  readonly #md5 = new StreamedHash("md5");
  readonly #sha256;
  readonly #checksum;
  readonly #algorithm: ChecksumAlgorithm | undefined;

  /** `knownSha256`: hex, verified by somebody else, so that it need not be computed twice. */
  constructor(algorithm: ChecksumAlgorithm | undefined, knownSha256?: string) {
    this.#algorithm = algorithm;
    this.#checksum = algorithm && createChecksum(algorithm);
    this.#sha256 = knownSha256 ?? new StreamedHash("sha256");
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    if (typeof this.#sha256 !== "string") this.#sha256.update(bytes);
    this.#checksum?.update(bytes);
  }

  digest(): Digests & { readonly md5: Buffer } {
    const md5 = this.#md5.digest();
    const sha256 = typeof this.#sha256 === "string" ? Buffer.from(this.#sha256, "hex") : this.#sha256.digest();
    const value = this.#checksum && Buffer.from(this.#checksum.digest()).toString("base64");
    return {
      md5,
      etag: md5.toString("hex"),
      sha256: base64urlPadded(sha256),
      checksum: this.#algorithm && value !== undefined ? { algorithm: this.#algorithm, value } : undefined,
    };
  }
}

/** As ADR-20 has it: the URL alphabet, with padding. */
function base64urlPadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Bytes on their way, and what they turned out to be. */
export type HashedBytes = {
  /** Bytes of payload, as announced; a body of another length fails. */
  readonly length: number;
  /** Gives all bytes to the sink, no faster than that takes them. Once. Rejects with what the sink throws. */
  pour(sink: Sink): Promise<void>;
  /** After the last byte. Throws BadDigest and InvalidRequest when it is not what the client promised. */
  digests(): Digests;
};

export type IncomingBody = HashedBytes & {
  /** The checksum's algorithm: declared by the client, else the one asked for. */
  readonly algorithm: ChecksumAlgorithm | undefined;
};

function declaredLength({ headers }: ServiceContext, streaming: boolean): number {
  if (streaming) return parseDecodedLength(headers.get("x-amz-decoded-content-length"));
  const length = headers.get("content-length");
  if (length === undefined || headers.has("transfer-encoding")) throw s3Error("MissingContentLength");
  return Number(length);
}

/** The body of a request, to be iterated; throws what can be said before it is read (EntityTooLarge, InvalidDigest, ...). */
export function receiveBody(
  context: ServiceContext,
  { limit, algorithm: wanted }: { limit: number; algorithm?: ChecksumAlgorithm | undefined },
): IncomingBody {
  const { authentication, exchange, headers, signingKey, edge } = context;
  const { payload } = authentication;
  const streaming = payload.kind === "streaming-signed" || payload.kind === "streaming-unsigned-trailer";
  const length = declaredLength(context, streaming);
  const contentMd5 = headers.get("content-md5");
  const md5 = contentMd5 === undefined ? undefined : parseContentMd5(contentMd5);
  const hasTrailer =
    payload.kind === "streaming-unsigned-trailer" || (payload.kind === "streaming-signed" && payload.trailer);
  const declared = parseDeclaredChecksum(headers, { streamingTrailer: hasTrailer });
  const algorithm = declared?.algorithm ?? wanted;
  const hashes = new Hashes(algorithm, payload.kind === "signed" ? payload.sha256 : undefined);
  const body = decodeBody({
    payload,
    authentication,
    signingKey,
    decodedLength: length,
    expectTrailers: declared?.trailer ? [`x-amz-checksum-${declared.algorithm.toLowerCase()}`] : [],
    limit,
  });
  return {
    algorithm,
    length,
    async pour(sink) {
      await exchange.receive(edge.config.HOLDFAST_HTTP_IDLE_TIMEOUT, (raw) => {
        let room: Promise<void> | undefined;
        // All of a raw piece is given at once: a sink that is full takes that much more.
        for (const bytes of body.push(raw)) {
          hashes.update(bytes);
          room = sink(bytes);
        }
        return room;
      });
      body.end();
    },
    digests() {
      const digests = hashes.digest();
      if (md5) verifyContentMd5(md5, digests.md5);
      if (declared) verifyDeclared(declared, digests.checksum?.value ?? "", body.trailers());
      return digests;
    },
  };
}

function verifyDeclared(declared: DeclaredChecksum, computed: string, trailers: Record<string, string>): void {
  const { algorithm } = declared;
  const value = declared.trailer ? parseChecksumTrailer(algorithm, trailers) : (declared.value ?? "");
  verifyChecksum(algorithm, Buffer.from(value, "base64"), Buffer.from(computed, "base64"));
}

/** A whole small body (an XML document, a small object) in one buffer. Rejects as `pour` does. */
export async function readWhole(body: IncomingBody): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await body.pour((bytes) => void pieces.push(bytes));
  const [only] = pieces;
  if (only === undefined || pieces.length > 1) return Buffer.concat(pieces);
  return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
}

/** An XML body within its operation's limit, digests verified. A request without a body gives no bytes. */
export async function readXml(context: ServiceContext, limit: number): Promise<Buffer> {
  const { headers, edge } = context;
  if (!headers.has("content-length") && !headers.has("transfer-encoding")) return Buffer.alloc(0);
  const body = receiveBody(context, { limit });
  return withRoom(edge, body.length, async () => {
    const whole = await readWhole(body);
    body.digests();
    return whole;
  });
}
