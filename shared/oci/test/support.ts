/** What the tests of this package share: a small component, registries, references. */
import { parseReference } from "@holdfast/oci";
import type { TestRegistry } from "@holdfast/oci/testing";

/** The preamble of a component, and enough bytes to come in pieces. */
export const component = (() => {
  const bytes = new Uint8Array(300_000).map((_, i) => i * 31);
  bytes.set([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  return bytes;
})();

export const referenceIn = (registry: TestRegistry, name = "team/tool:1.0.0") =>
  parseReference(`${registry.host}/${name}`);

/** Stores an image of one layer without the client's help and answers the manifest's digest. */
export function storeImage(
  registry: TestRegistry,
  { bytes = component, mediaType = "application/wasm", repository = "team/tool", tag = "1.0.0" } = {},
) {
  const config = registry.putBlob(Buffer.from("{}"));
  const layer = { mediaType, digest: registry.putBlob(bytes), size: bytes.length };
  return registry.putManifest(repository, tag, {
    schemaVersion: 2,
    config: { mediaType: "application/vnd.wasm.config.v0+json", digest: config, size: 2 },
    layers: [layer],
    annotations: { "org.opencontainers.image.title": "tool" },
  });
}

/** What was asked, as `METHOD what`, without the digests. */
export const asked = (registry: TestRegistry) =>
  registry.requests.map(
    ({ method, path }) =>
      `${method} ${path.replace(/^\/v2\/team\/tool\//, "").replace(/sha256:[0-9a-f]+/, "<digest>")}`,
  );
