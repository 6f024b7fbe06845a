/** Components by reference, from the cache where the pull policy lets them come from there. Pulls of the same image are shared. */
import { type ImageSource, pullComponent, type PulledComponent, type PullOptions } from "./component-image.ts";
import { digestOf } from "./digest.ts";
import { OciError } from "./errors.ts";
import type { ImageCache } from "./image-cache.ts";
import { parseManifest } from "./manifest.ts";
import { formatReference, type ImageReference, pinned } from "./reference.ts";
import type { CallOptions, FetchedManifest, Progress, RegistryClient } from "./registry-client.ts";
import { shareCalls } from "./shared-calls.ts";

/**
 * Kubernetes' names: `Always` asks the registry what the tag stands for now (content that is here is not pulled again),
 * `IfNotPresent` takes what the tag stood for when it was last pulled, `Never` takes that or nothing.
 */
export type PullPolicy = "Always" | "IfNotPresent" | "Never";

export type ImagesOptions = {
  readonly client: RegistryClient;
  readonly cache: ImageCache;
  /** Told when the cache cannot be written: the image is used all the same. */
  readonly onWarning?: (message: string) => void;
};

export type ImagePullOptions = PullOptions & { /** Default IfNotPresent. */ readonly policy?: PullPolicy };

export type Images = {
  /**
   * The component that a reference names. The bytes are shared between callers: read them only. Rejects with an OciError.
   * With IfNotPresent and Never whoever may start workloads here gets what is in the cache, whoever's credentials brought it there.
   */
  pull(reference: ImageReference, options?: ImagePullOptions): Promise<PulledComponent>;
};

export function createImages({ client, cache, onWarning }: ImagesOptions): Images {
  const share = shareCalls<PulledComponent, [done: number, total: number]>();
  const source = cachedSource(client, cache, onWarning ?? (() => undefined));

  const digestFor = async (reference: ImageReference, policy: PullPolicy, options: CallOptions): Promise<string> => {
    if (reference.digest !== undefined) return reference.digest;
    const known = policy === "Always" ? undefined : await cache.lookUp(formatReference(reference));
    if (known !== undefined) return known;
    if (policy === "Never") throw notHere(reference);
    return client.resolve(reference, options);
  };

  const run = async (reference: ImageReference, policy: PullPolicy, options: PullOptions): Promise<PulledComponent> => {
    const digest = await digestFor(reference, policy, options);
    const from = policy === "Never" ? onlyCached(source, reference) : source;
    const pulled = await pullComponent(from, pinned(reference, digest), options);
    await cache
      .remember(formatReference(reference), digest)
      .catch((error: unknown) => onWarning?.(`image cache: ${String(error)}`));
    return { ...pulled, reference };
  };

  return {
    pull(reference, { policy = "IfNotPresent", signal, onProgress, ...options } = {}) {
      const key = JSON.stringify([formatReference(reference), policy, digestOf(Buffer.from(JSON.stringify(options)))]);
      return share(
        key,
        (call) =>
          run(reference, policy, { ...options, signal: call.signal, onProgress: (...progress) => call.tell(progress) }),
        { signal, listener: onProgress && spread(onProgress) },
      );
    },
  };
}

const spread =
  (onProgress: Progress) =>
  ([done, total]: [number, number]) =>
    onProgress(done, total);

/** What can also be said to be missing. */
type CachedSource = ImageSource & {
  readonly cached: (digest: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
};

/** Manifests (by digest) and blobs, from the cache first. */
function cachedSource(client: RegistryClient, cache: ImageCache, warn: (message: string) => void): CachedSource {
  const keep = async (digest: string, bytes: Uint8Array) => {
    await cache.write(digest, bytes).catch((error: unknown) => warn(`image cache: ${String(error)}`));
  };
  return {
    cached: (digest) => cache.read(digest),
    async manifest(reference, options) {
      const { digest = "" } = reference;
      const bytes = digest === "" ? undefined : await cache.read(digest);
      if (bytes !== undefined) return fromCache(bytes, digest);
      const fetched = await client.manifest(reference, options);
      await keep(fetched.digest, fetched.bytes);
      return fetched;
    },
    async blob(reference, descriptor, options) {
      const { digest, size } = descriptor;
      const bytes = await cache.read(digest);
      if (bytes !== undefined) {
        options?.onProgress?.(size, size);
        return bytes;
      }
      const pulled = await client.blob(reference, descriptor, options);
      await keep(digest, pulled);
      return pulled;
    },
  };
}

function fromCache(bytes: Uint8Array<ArrayBuffer>, digest: string): FetchedManifest {
  return { digest, manifest: parseManifest(bytes), bytes };
}

/** For `Never`: what is not in the cache is an error, and the registry hears nothing. */
function onlyCached(source: CachedSource, reference: ImageReference): ImageSource {
  const orNotHere = async (digest: string) => {
    const bytes = await source.cached(digest);
    if (bytes === undefined) throw notHere(reference);
    return bytes;
  };
  return {
    manifest: async (pinnedReference) =>
      fromCache(await orNotHere(pinnedReference.digest ?? ""), pinnedReference.digest ?? ""),
    blob: (_reference, descriptor) => orNotHere(descriptor.digest),
  };
}

function notHere(reference: ImageReference): OciError {
  return new OciError(
    "NotFound",
    `${formatReference(reference)}: not in the image cache, and the pull policy Never forbids to pull it`,
  );
}
