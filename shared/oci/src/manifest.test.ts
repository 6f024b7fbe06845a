import { describe, expect, test } from "vitest";
import {
  chooseFromIndex,
  chooseLayer,
  type Descriptor,
  legacyWasmLayerType,
  manifestTypes,
  parseManifest,
  wasmLayerType,
} from "./manifest.ts";

const digest = `sha256:${"00".repeat(32)}`;
const layer = (mediaType: string): Descriptor => ({ mediaType, digest, size: 1 });
const image = (...types: string[]) => ({ config: layer("application/json"), layers: types.map((type) => layer(type)) });
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("parseManifest", () => {
  test.for([
    ["an OCI image", manifestTypes.ociManifest, image(wasmLayerType), "image"],
    ["a docker image", manifestTypes.dockerManifest, image(wasmLayerType), "image"],
    ["an OCI index", manifestTypes.ociIndex, { manifests: [] }, "index"],
    ["a docker manifest list", manifestTypes.dockerIndex, { manifests: [] }, "index"],
    [
      "an image that a registry calls JSON",
      "application/json",
      { mediaType: manifestTypes.ociManifest, ...image(wasmLayerType) },
      "image",
    ],
    ["an image without a media type", "", image(wasmLayerType), "image"],
    ["an index without a media type", "", { manifests: [] }, "index"],
  ] as const)("reads %s", ([, told, value, kind]) => {
    expect(parseManifest(bytes(value), told).kind).toBe(kind);
  });

  test.for([
    ["no JSON", manifestTypes.ociManifest, Buffer.from("{"), "BadAnswer"],
    ["no layers", manifestTypes.ociManifest, bytes({ config: layer("a") }), "BadAnswer"],
    [
      "a digest that leads out of a folder",
      manifestTypes.ociManifest,
      bytes({ ...image(), layers: [{ ...layer("a"), digest: "../../x" }] }),
      "BadAnswer",
    ],
    [
      "a size below nothing",
      manifestTypes.ociManifest,
      bytes({ ...image(), layers: [{ ...layer("a"), size: -1 }] }),
      "BadAnswer",
    ],
    [
      "a signed schema 1",
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
      bytes({ fsLayers: [] }),
      "Unsupported",
    ],
    ["null", "", bytes(null), "Unsupported"],
  ] as const)("refuses %s", ([, told, value, code]) => {
    expect(() => parseManifest(value, told)).toThrow(expect.objectContaining({ code }));
  });
});

describe("chooseLayer", () => {
  test.for([wasmLayerType, legacyWasmLayerType])("takes the layer of type %s", (type) => {
    expect(chooseLayer(image("text/plain", type)).mediaType).toBe(type);
  });

  test("says what a container image holds instead", () => {
    expect(() => chooseLayer(image("application/vnd.oci.image.layer.v1.tar+gzip"))).toThrow(
      /no WebAssembly component.*tar\+gzip/,
    );
  });

  test("refuses two components", () => {
    expect(() => chooseLayer(image(wasmLayerType, wasmLayerType))).toThrow(/2 layers/);
  });
});

describe("chooseFromIndex", () => {
  const on = (os: string, architecture: string): Descriptor => ({
    ...layer(manifestTypes.ociManifest),
    platform: { os, architecture },
  });

  test.for([
    ["the one for wasm", [on("linux", "amd64"), on("wasip2", "wasm")], "wasip2"],
    ["the only one", [on("linux", "amd64")], "linux"],
  ] as const)("takes %s", ([, manifests, os]) => {
    expect(chooseFromIndex(manifests).platform?.os).toBe(os);
  });

  test.for([
    ["none for wasm among several", [on("linux", "amd64"), on("linux", "arm64")], /linux\/amd64, linux\/arm64/],
    ["two for wasm", [on("wasip1", "wasm"), on("wasip2", "wasm")], /wasip1\/wasm, wasip2\/wasm/],
    ["an empty one", [], /none/],
  ] as const)("refuses %s", ([, manifests, message]) => {
    expect(() => chooseFromIndex(manifests)).toThrow(message);
  });
});
