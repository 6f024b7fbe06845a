/** Images in registries, by shared/oci: credentials of the workload, else of the docker configuration, else none. */
import type { ImagePullPolicy } from "@holdfast/host-protocol";
import { createImages, createRegistryClient, dockerConfigFile, type ImageCache } from "@holdfast/oci";
import { type ImageReference, parseReference, type PullPolicy } from "@holdfast/oci";
import type { Images } from "./image.ts";

export type OciImagesOptions = {
  readonly cache: ImageCache;
  /** A docker configuration file, or none: then workloads without credentials of their own ask anonymously. */
  readonly dockerConfig: string | undefined;
  readonly insecureRegistries: readonly string[];
  readonly maxBytes: number;
  readonly onWarning: (message: string) => void;
};

/** Kubernetes' rule for what is not said: `latest` may change, other tags are taken as they were pulled. */
function policyFor(policy: ImagePullPolicy, { tag, digest }: ImageReference): PullPolicy {
  if (policy === "IMAGE_PULL_POLICY_ALWAYS") return "Always";
  if (policy === "IMAGE_PULL_POLICY_NEVER") return "Never";
  const mayChange = digest === undefined && tag === "latest";
  return policy === "IMAGE_PULL_POLICY_UNSPECIFIED" && mayChange ? "Always" : "IfNotPresent";
}

export function ociImages({ cache, dockerConfig, insecureRegistries, maxBytes, onWarning }: OciImagesOptions): Images {
  const client = createRegistryClient({
    ...(dockerConfig !== undefined && { credentials: dockerConfigFile(dockerConfig) }),
    insecureRegistries,
    maxBlobBytes: maxBytes,
  });
  const images = createImages({ client, cache, onWarning });
  return {
    async pull({ image, policy, secret }, signal) {
      const reference = parseReference(image);
      const isGiven = secret !== undefined && (secret.username !== "" || secret.password !== "");
      const credentials = isGiven ? ({ kind: "basic", ...secret } as const) : undefined;
      const pulled = await images.pull(reference, { policy: policyFor(policy, reference), signal, credentials });
      return { bytes: pulled.bytes, digest: pulled.digest };
    },
  };
}
