/**
 * Request bodies on their way in: decoded and verified by s3-protocol, hashed as they pass. What comes out may be stored at once and
 * must be made visible only after `digests()`, which throws when anything the client promised about the body is not true.
 */
import {
  decodeBody,
  type DeclaredChecksum,
  parseChecksumTrailer,
  parseContentMd5,
  parseDeclaredChecksum,
  parseDecodedLength,
  s3Error,
  verifyChecksum,
  verifyContentMd5,
} from "@holdfast/s3-protocol";
import type { ServiceContext } from "./context.ts";
import {
  type ChecksumAlgorithm,
  type Digests,
  type Hasher,
  Hashes,
  type ObjectDigests,
  ObjectHashes,
} from "./hashes.ts";
import type { Sink } from "./http/read-body.ts";
import { withRoom } from "./window.ts";

/** Bytes on their way, and what they turned out to be. */
export type HashedBytes<D extends Digests = Digests> = {
  /** Bytes of payload, as announced; a body of another length fails. */
  readonly length: number;
  /** Gives all bytes to the sink, no faster than that takes them. Once. Rejects with what the sink throws. */
  pour(sink: Sink): Promise<void>;
  /** After the last byte. Throws BadDigest and InvalidRequest when it is not what the client promised. */
  digests(): D;
};

export type IncomingBody<D extends Digests = Digests> = HashedBytes<D> & {
  /** The checksum's algorithm: declared by the client, else the one asked for. */
  readonly algorithm: ChecksumAlgorithm | undefined;
};

function declaredLength({ headers }: ServiceContext, streaming: boolean): number {
  if (streaming) return parseDecodedLength(headers.get("x-amz-decoded-content-length"));
  const length = headers.get("content-length");
  if (length === undefined || headers.has("transfer-encoding")) throw s3Error("MissingContentLength");
  return Number(length);
}

/** `algorithm`: of a checksum that is wanted when the client declares none. */
type BodyOptions = { readonly limit: number; readonly algorithm?: ChecksumAlgorithm | undefined };

/** The body of a request; throws what can be said before it is read (EntityTooLarge, InvalidDigest, ...). */
export const receiveBody = (context: ServiceContext, options: BodyOptions): IncomingBody =>
  receive(context, options, (...hashed) => new Hashes(...hashed));

/** The body of a new object. Throws as `receiveBody`. */
export const receiveObject = (context: ServiceContext, options: BodyOptions): IncomingBody<ObjectDigests> =>
  receive(context, options, (...hashed) => new ObjectHashes(...hashed));

function receive<D extends Digests>(
  context: ServiceContext,
  { limit, algorithm: wanted }: BodyOptions,
  createHashes: (...hashed: ConstructorParameters<typeof Hashes>) => Hasher<D>,
): IncomingBody<D> {
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
  const hashes = createHashes(algorithm, payload.kind === "signed" ? payload.sha256 : undefined);
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
