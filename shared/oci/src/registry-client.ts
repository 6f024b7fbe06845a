/**
 * A client of the OCI distribution API (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md) for pulling and
 * pushing components. Knows nothing of caches and files.
 *
 * Gaps: no mounts of blobs between repositories, no tag lists, no referrers, no resumption of a broken download (it is begun anew).
 * A loopback registry is always spoken to over http.
 */
import type { CredentialSource, Credentials } from "./credentials.ts";
import { digestOf, matchesDigest, verified } from "./digest.ts";
import { OciError } from "./errors.ts";
import { type Descriptor, type Manifest, manifestTypes, parseManifest } from "./manifest.ts";
import { formatReference, type ImageReference, isDigest } from "./reference.ts";
import { createSessions, type Session } from "./session.ts";
import { bodyOf, createTransport, discard, readBody } from "./transport.ts";
import { uploadBlob, uploadManifest } from "./upload.ts";

export type RegistryClientOptions = {
  /** Asked for each call that brings no credentials. Default: none, so anonymous. */
  readonly credentials?: CredentialSource;
  /** Registries (`host[:port]`) that are spoken to over plain http, beside those on this machine. */
  readonly insecureRegistries?: readonly string[];
  /** How long a call may take, its body included. Default 30 s. */
  readonly timeoutMs?: number;
  /** Default 4 MiB, the specification's least. */
  readonly maxManifestBytes?: number;
  /** The largest blob that is pulled. Default 256 MiB. */
  readonly maxBlobBytes?: number;
  /** A blob above this is pushed in pieces of this size. Default 16 MiB. */
  readonly uploadChunkBytes?: number;
  /** Before the second of three attempts. Default 200 ms. */
  readonly retryDelayMs?: number;
};

export type CallOptions = {
  readonly signal?: AbortSignal;
  /** Instead of the client's. */
  readonly credentials?: Credentials | undefined;
  readonly timeoutMs?: number;
};

/** Bytes so far, of `total`. */
export type Progress = (done: number, total: number) => void;
export type TransferOptions = CallOptions & { readonly onProgress?: Progress | undefined };

/** A manifest with the digest of its bytes. */
export type FetchedManifest = {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** Every rejection is an OciError. */
export type RegistryClient = {
  /** What a reference stands for now, without pulling it. */
  resolve(reference: ImageReference, options?: CallOptions): Promise<string>;
  manifest(reference: ImageReference, options?: CallOptions): Promise<FetchedManifest>;
  /** A blob's bytes, hashed while they arrive. */
  blob(reference: ImageReference, descriptor: Descriptor, options?: TransferOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Stores a blob; one that is there already is not sent again. */
  pushBlob(reference: ImageReference, bytes: Uint8Array<ArrayBuffer>, options?: TransferOptions): Promise<void>;
  /** Stores a manifest under the reference's tag (or its digest, where it has no tag) and answers its digest. */
  pushManifest(
    reference: ImageReference,
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
    options?: CallOptions,
  ): Promise<string>;
};

const defaultTimeoutMs = 30_000;

export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const {
    maxManifestBytes = 4 * 1024 ** 2,
    maxBlobBytes = 256 * 1024 ** 2,
    uploadChunkBytes = 16 * 1024 ** 2,
  } = options;
  const sessions = createSessions(
    createTransport(options.retryDelayMs === undefined ? {} : { retryDelayMs: options.retryDelayMs }),
  );

  const open = async (
    reference: ImageReference,
    call: CallOptions,
    actions: "pull" | "pull,push",
  ): Promise<Session> => {
    const signal = withTimeout(call.signal, call.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs);
    const credentials = call.credentials ?? (await options.credentials?.(reference.registry));
    return sessions({ reference, actions, credentials, insecureRegistries: options.insecureRegistries ?? [], signal });
  };

  const fetchManifest = async (reference: ImageReference, call: CallOptions): Promise<FetchedManifest> => {
    const session = await open(reference, call, "pull");
    const response = await session.send({
      method: "GET",
      url: manifestUrl(session, reference),
      headers: acceptManifests,
    });
    const bytes = await readBody(response, maxManifestBytes, session.signal);
    const digest = digestOfManifest(reference, bytes, response.headers.get("docker-content-digest"));
    const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim();
    return { digest, manifest: named(reference, () => parseManifest(bytes, mediaType)), bytes };
  };

  return {
    async resolve(reference, call = {}) {
      if (reference.digest !== undefined) return reference.digest;
      const session = await open(reference, call, "pull");
      const response = await session.send({
        method: "HEAD",
        url: manifestUrl(session, reference),
        headers: acceptManifests,
      });
      await discard(response);
      const digest = response.headers.get("docker-content-digest");
      // not every registry tells it; the manifest itself does
      return digest !== null && isDigest(digest) ? digest : (await fetchManifest(reference, call)).digest;
    },
    manifest: (reference, call = {}) => fetchManifest(reference, call),
    async blob(reference, descriptor, call = {}) {
      const { digest, size } = descriptor;
      if (size > maxBlobBytes) {
        throw new OciError(
          "TooLarge",
          `${formatReference(reference)}: ${digest} has ${size} bytes, and ${maxBlobBytes} are allowed`,
        );
      }
      const session = await open(reference, call, "pull");
      const response = await session.send({ method: "GET", url: session.url(`blobs/${digest}`) });
      try {
        return await collect(verified(bodyOf(response, session.signal), descriptor), size, call.onProgress);
      } catch (error) {
        throw prefixed(reference, error);
      }
    },
    async pushBlob(reference, bytes, call = {}) {
      const session = await open(reference, call, "pull,push");
      await uploadBlob(session, bytes, { chunkBytes: uploadChunkBytes, onProgress: call.onProgress });
    },
    async pushManifest(reference, bytes, mediaType, call = {}) {
      const session = await open(reference, call, "pull,push");
      const digest = digestOf(bytes);
      await uploadManifest(session, reference.tag ?? digest, bytes, mediaType);
      return digest;
    },
  };
}

const acceptManifests = { accept: Object.values(manifestTypes).join(", ") };

const manifestUrl = (session: Session, { tag, digest }: ImageReference) =>
  session.url(`manifests/${digest ?? tag ?? "latest"}`);

function withTimeout(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

function digestOfManifest(reference: ImageReference, bytes: Uint8Array, told: string | null): string {
  const promised = reference.digest ?? (told !== null && isDigest(told) ? told : undefined);
  if (promised === undefined) return digestOf(bytes);
  if (matchesDigest(bytes, promised)) return promised;
  throw new OciError("DigestMismatch", `${formatReference(reference)}: its manifest is not the one of ${promised}`);
}

async function collect(
  source: AsyncIterable<Uint8Array>,
  size: number,
  onProgress?: Progress,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(size);
  let done = 0;
  for await (const bytes of source) {
    whole.set(bytes, done);
    done += bytes.length;
    onProgress?.(done, size);
  }
  return whole;
}

function named<T>(reference: ImageReference, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw prefixed(reference, error);
  }
}

/** Errors of pure code do not know the reference. */
function prefixed(reference: ImageReference, error: unknown): unknown {
  if (!(error instanceof OciError) || error.message.startsWith(formatReference(reference))) return error;
  return new OciError(error.code, `${formatReference(reference)}: ${error.message}`, { cause: error });
}
