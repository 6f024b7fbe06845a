/**
 * Image manifests and indexes (https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md), as far as components need them.
 *
 * A component is the one layer of type `application/wasm` of its manifest, by the CNCF's Wasm OCI artifact layout
 * (https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/), or of the type that tools used before it.
 * Gap: an image with several components is refused; the layout foresees one.
 */
import { z } from "zod";
import { OciError } from "./errors.ts";
import { isDigest } from "./reference.ts";

export const manifestTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
} as const;

export const wasmLayerType = "application/wasm";
/** wasm-to-oci's and wasmCloud 0.x's. */
export const legacyWasmLayerType = "application/vnd.wasm.content.layer.v1+wasm";
export const wasmConfigType = "application/vnd.wasm.config.v0+json";
/** What a layer may be to be taken for a component. */
export const componentLayerTypes: readonly string[] = [wasmLayerType, legacyWasmLayerType];

const Annotations = z.record(z.string(), z.string());

const DescriptorSchema = z.object({
  mediaType: z.string().min(1).max(255),
  digest: z.string().refine(isDigest, "is no sha256 or sha512 digest"),
  size: z.int().min(0),
  annotations: Annotations.optional(),
  artifactType: z.string().optional(),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
});
/** Names content: what it is, its digest, its size in bytes. */
export type Descriptor = Readonly<z.infer<typeof DescriptorSchema>>;

const ImageSchema = z.object({
  config: DescriptorSchema,
  layers: z.array(DescriptorSchema).max(1_000),
  artifactType: z.string().optional(),
  annotations: Annotations.optional(),
});
export type ImageManifest = Readonly<z.infer<typeof ImageSchema>>;

const IndexSchema = z.object({ manifests: z.array(DescriptorSchema).max(1_000) });

/** An image, or a choice of images. */
export type Manifest =
  | { readonly kind: "image"; readonly image: ImageManifest }
  | { readonly kind: "index"; readonly manifests: readonly Descriptor[] };

/**
 * Reads a manifest. `told` is what the registry called its type; where that is something general or nothing, the manifest's own word
 * counts, then its shape (the specification makes `mediaType` optional). Throws Unsupported for other types, BadAnswer for no manifest.
 */
export function parseManifest(bytes: Uint8Array, told = ""): Manifest {
  const json = parseJson(bytes);
  const mediaType = kinds.has(told) ? told : typeOf(json);
  switch (kinds.get(mediaType)) {
    case "image":
      return { kind: "image", image: parse(ImageSchema, json) };
    case "index":
      return { kind: "index", manifests: parse(IndexSchema, json).manifests };
    default:
      throw new OciError(
        "Unsupported",
        `its manifest is of type ${JSON.stringify(mediaType || told)}, which is no image manifest`,
      );
  }
}

const kinds: ReadonlyMap<string, Manifest["kind"]> = new Map([
  [manifestTypes.ociManifest, "image"],
  [manifestTypes.dockerManifest, "image"],
  [manifestTypes.ociIndex, "index"],
  [manifestTypes.dockerIndex, "index"],
]);

function typeOf(json: unknown): string {
  if (typeof json !== "object" || json === null) return "";
  if ("mediaType" in json && typeof json.mediaType === "string") return json.mediaType;
  if ("layers" in json) return manifestTypes.ociManifest;
  return "manifests" in json ? manifestTypes.ociIndex : "";
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new OciError("BadAnswer", "its manifest is not JSON", { cause });
  }
}

function parse<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new OciError("BadAnswer", `its manifest is malformed: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** The one layer of an image with one of these types. Throws Unsupported with what the image holds instead. */
export function chooseLayer(image: ImageManifest, layerTypes: readonly string[] = componentLayerTypes): Descriptor {
  const found = image.layers.filter(({ mediaType }) => layerTypes.includes(mediaType));
  const [layer] = found;
  if (layer === undefined) {
    const types = [...new Set(image.layers.map(({ mediaType }) => mediaType))].join(", ") || "none";
    throw new OciError(
      "Unsupported",
      `it holds no WebAssembly component: no layer of type ${layerTypes.join(" or ")} (its layers: ${types})`,
    );
  }
  if (found.length > 1)
    throw new OciError(
      "Unsupported",
      `it has ${found.length} layers of type ${layer.mediaType}: one component per image is possible`,
    );
  return layer;
}

/** The image of an index that is for WebAssembly, or its only one. Throws Unsupported with the platforms there are. */
export function chooseFromIndex(manifests: readonly Descriptor[]): Descriptor {
  const wasm = manifests.filter(({ platform }) => platform?.architecture === "wasm");
  const [only] = wasm.length === 0 ? manifests : wasm;
  if (only !== undefined && (wasm.length === 1 || manifests.length === 1)) return only;
  const platforms = manifests.map(({ platform }) => (platform ? `${platform.os}/${platform.architecture}` : "unknown"));
  const list = platforms.slice(0, 10).join(", ") || "none";
  throw new OciError(
    "Unsupported",
    `it is an index of several images (${list}) and not exactly one of them is for wasm; name one by its digest`,
  );
}
