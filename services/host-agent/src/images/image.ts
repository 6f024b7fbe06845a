/** Where the bytes of components come from, in the words of the host protocol. One file per scheme. */
import type { ImagePullPolicy, ImagePullSecret } from "@holdfast/host-protocol";

export type ImageRequest = {
  /** `ghcr.io/team/tool:1`, `oci://...`, `s3://bucket/key`, `file:///path`. */
  readonly image: string;
  readonly policy: ImagePullPolicy;
  readonly secret: ImagePullSecret | undefined;
};

export type Image = {
  readonly bytes: Uint8Array;
  /** Of the bytes, or of the registry's manifest: `sha256:<hex>`. */
  readonly digest: string;
};

export type Images = {
  /** Rejects with `PullFailed`. */
  pull(request: ImageRequest, signal: AbortSignal): Promise<Image>;
};

/** An image that cannot be had; the message names it and says why. */
export class PullFailed extends Error {
  override readonly name = "PullFailed";
}
