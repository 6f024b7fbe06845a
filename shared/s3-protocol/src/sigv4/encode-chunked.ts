/** The client's side of aws-chunked: encodes bodies for tests and benchmarks. */
import { canonicalTrailer, SignatureChain, type ChainSeed } from "./chunk-signatures.ts";
import { sha256Hex } from "./signing.ts";

export type EncodeOptions = {
  /** Bytes per chunk; the last may be shorter. 64 KiB, the SDKs' own, unless given. */
  readonly chunkSize?: number;
  /** What `signRequest` answered: chunks (and the trailer) are signed. */
  readonly signing?: ChainSeed & { readonly signingKey: Uint8Array };
  /** Trailers, asked for when all data has passed; their names belong in `x-amz-trailer`. */
  readonly trailers?: () => Readonly<Record<string, string>>;
};

const defaultChunkSize = 65_536;

/** Encodes a payload, chunk by chunk. */
export async function* encodeAwsChunked(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: EncodeOptions = {},
): AsyncGenerator<Uint8Array> {
  const { signing, trailers } = options;
  const chain = signing === undefined ? undefined : new SignatureChain(signing, signing.signingKey);
  for await (const chunk of sized(source, options.chunkSize ?? defaultChunkSize)) {
    yield Buffer.from(chunkHeader(chunk, chain), "latin1");
    yield chunk;
    yield Buffer.from("\r\n", "latin1");
  }
  yield Buffer.from(chunkHeader(new Uint8Array(), chain) + trailerText(trailers, chain), "latin1");
}

function chunkHeader(data: Uint8Array, chain: SignatureChain | undefined): string {
  const signature = chain === undefined ? "" : `;chunk-signature=${chain.chunk(sha256Hex(data)).signature}`;
  return `${data.length.toString(16)}${signature}\r\n`;
}

function trailerText(trailers: EncodeOptions["trailers"], chain: SignatureChain | undefined): string {
  if (trailers === undefined) return "\r\n";
  const entries = Object.entries(trailers()).map(([name, value]) => [name.toLowerCase(), value] as const);
  const signed =
    chain === undefined
      ? entries
      : [...entries, ["x-amz-trailer-signature", chain.trailer(canonicalTrailer(entries)).signature] as const];
  return signed.map(([name, value]) => `${name}:${value}\r\n`).join("") + "\r\n";
}

/** Cuts and joins a source's pieces into chunks of one size. */
async function* sized(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of source) {
    let rest = bytes;
    while (length + rest.length >= size) {
      const taken = size - length;
      yield Buffer.concat([...pending, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      pending = [];
      length = 0;
    }
    if (rest.length > 0) pending.push(rest);
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(pending);
}

/** Bytes that `encodeAwsChunked` makes of so many: for Content-Length. Trailers count with the lengths of their values. */
export function awsChunkedLength(
  decodedLength: number,
  options: {
    readonly chunkSize?: number;
    readonly signed: boolean;
    readonly trailers?: Readonly<Record<string, string>>;
  },
): number {
  const size = options.chunkSize ?? defaultChunkSize;
  const signature = options.signed ? ";chunk-signature=".length + 64 : 0;
  const framing = (bytes: number) => bytes.toString(16).length + signature + 2;
  const whole = Math.floor(decodedLength / size);
  const last = decodedLength % size;
  const data = whole * (framing(size) + size + 2) + (last === 0 ? 0 : framing(last) + last + 2);
  const trailers = Object.entries(options.trailers ?? {}).reduce((sum, [n, v]) => sum + n.length + v.length + 3, 0);
  const trailerSignature =
    options.signed && options.trailers !== undefined ? "x-amz-trailer-signature:".length + 66 : 0;
  return data + framing(0) + trailers + trailerSignature + 2;
}
