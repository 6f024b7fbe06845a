/** What images of OCI registries stand for. Others (`s3://`, `file://`) have no digest to ask for: they are taken as they are. */
import { createRegistryClient, formatReference, parseReference } from "@holdfast/oci";
import type { ImageResolver } from "../artifacts.ts";

export function createOciResolver(insecureRegistries: readonly string[]): ImageResolver {
  const registry = createRegistryClient({ insecureRegistries, timeoutMs: 15_000 });
  return async (image, login) => {
    if (/^(s3|file):\/\//.test(image)) return { image, digest: "" };
    const reference = parseReference(image);
    const credentials = login && { kind: "basic" as const, ...login };
    const digest = await registry.resolve(reference, credentials ? { credentials } : {});
    return { image: formatReference({ ...reference, digest }), digest };
  };
}
