/**
 * A component as an image, there and back: https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/. The same bytes and
 * the same description give the same digest, whenever they are pushed: nothing rolls out anew because of a date.
 */
import { digestOf } from "./digest.ts";
import { OciError } from "./errors.ts";
import {
  chooseFromIndex,
  chooseLayer,
  type Descriptor,
  manifestTypes,
  wasmConfigType,
  wasmLayerType,
} from "./manifest.ts";
import { formatReference, type ImageReference, pinned } from "./reference.ts";
import type { FetchedManifest, RegistryClient, TransferOptions } from "./registry-client.ts";

/** Where manifests and blobs come from: a registry, or a cache before it. */
export type ImageSource = Pick<RegistryClient, "manifest" | "blob">;

export type PulledComponent = {
  readonly reference: ImageReference;
  /** Of the manifest that the reference stands for: what a tag is compared by. */
  readonly digest: string;
  readonly layer: Descriptor;
  /** The component. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the manifest. */
  readonly annotations: Readonly<Record<string, string>>;
};

export type PullOptions = TransferOptions & {
  /** Types of the layer that is wanted. Default: a component's. */
  readonly layerTypes?: readonly string[];
};

/** Pulls the component (or other single layer) of an image. Rejects with an OciError. */
export async function pullComponent(
  source: ImageSource,
  reference: ImageReference,
  options: PullOptions = {},
): Promise<PulledComponent> {
  const { digest, image } = await resolveImage(source, reference, options);
  const layer = withReference(reference, () => chooseLayer(image, options.layerTypes));
  const bytes = await source.blob(reference, layer, options);
  return { reference, digest, layer, bytes, annotations: image.annotations ?? {} };
}

/** The image behind a reference; an index leads to the one of its images that is for wasm. */
async function resolveImage(source: ImageSource, reference: ImageReference, options: TransferOptions) {
  const { digest, manifest } = await source.manifest(reference, options);
  if (manifest.kind === "image") return { digest, image: manifest.image };
  const chosen = withReference(reference, () => chooseFromIndex(manifest.manifests));
  const inner: FetchedManifest = await source.manifest(pinned(reference, chosen.digest), options);
  if (inner.manifest.kind === "index")
    throw new OciError("Unsupported", `${formatReference(reference)}: it is an index of indexes`);
  return { digest, image: inner.manifest.image };
}

function withReference<T>(reference: ImageReference, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new OciError(error.code, `${formatReference(reference)}: ${error.message}`, { cause: error });
  }
}

export type ComponentDescription = {
  /** `org.opencontainers.image.title` and the like. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly author?: string;
  /** Default: the beginning of 1970, so that the digest says nothing of when. */
  readonly created?: Date;
  /** What the component imports and exports, for those who choose by it. */
  readonly world?: {
    readonly imports: readonly string[];
    readonly exports: readonly string[];
    readonly target?: string;
  };
};

export type PushComponentOptions = TransferOptions & ComponentDescription;

/** Pushes a component (or core module) and answers the digest of its manifest. Rejects with an OciError. */
export async function pushComponent(
  client: RegistryClient,
  reference: ImageReference,
  bytes: Uint8Array<ArrayBuffer>,
  options: PushComponentOptions = {},
): Promise<string> {
  const image = describeComponent(bytes, options);
  await client.pushBlob(reference, image.config, { ...options, onProgress: undefined });
  await client.pushBlob(reference, bytes, options);
  return client.pushManifest(reference, image.manifest, manifestTypes.ociManifest, options);
}

/** The configuration and the manifest of a component's image, as bytes. Throws Unsupported for what is no WebAssembly. */
export function describeComponent(bytes: Uint8Array, description: ComponentDescription = {}) {
  const { annotations, author, created = new Date(0), world } = description;
  const kind = kindOf(bytes);
  const config = encode({
    created: created.toISOString(),
    author,
    architecture: "wasm",
    os: kind === "component" ? "wasip2" : "wasip1",
    layerDigests: [digestOf(bytes)],
    // required for a component, however little is known of it
    component:
      kind === "component"
        ? { exports: world?.exports ?? [], imports: world?.imports ?? [], target: world?.target }
        : undefined,
  });
  const manifest = encode({
    schemaVersion: 2,
    mediaType: manifestTypes.ociManifest,
    config: { mediaType: wasmConfigType, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: wasmLayerType, digest: digestOf(bytes), size: bytes.length }],
    annotations,
  });
  return { config, manifest };
}

const encode = (value: object): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value));

/** By the preamble: magic, then version 1 layer 0 (core module) or version 13 layer 1 (component). */
function kindOf(bytes: Uint8Array): "component" | "module" {
  const preamble = Buffer.from(bytes.subarray(0, 8)).toString("hex");
  if (preamble === "0061736d0d000100") return "component";
  if (preamble === "0061736d01000000") return "module";
  throw new OciError("Unsupported", "it is neither a WebAssembly component nor a core module");
}
