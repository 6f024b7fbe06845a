/**
 * `s3://bucket/key`: objects of the mesh's own store, read as an edge reads them. The record is asked for at every pull, so a
 * replaced object is seen whatever the policy; `Never` only forbids to fetch bytes that are not in the cache.
 */
import { objectMetadata, type StoredObject } from "@holdfast/contracts";
import { client, isMeshError } from "@holdfast/micro";
import { digestOf, type ImageCache } from "@holdfast/oci";
import { readObject } from "@holdfast/object-layout";
import type { NatsConnection } from "@nats-io/nats-core";
import { type Images, PullFailed } from "./image.ts";

export type S3ImagesOptions = { readonly cache: ImageCache; readonly maxBytes: number };

export function s3Images(nc: NatsConnection, { cache, maxBytes }: S3ImagesOptions): Images {
  const objects = client(nc, objectMetadata);

  const resolve = async (image: string, bucket: string, key: string, signal: AbortSignal): Promise<StoredObject> => {
    try {
      return (await objects.ResolveObject({ bucket, key }, { signal })).object;
    } catch (error) {
      if (!isMeshError(error)) throw error;
      const isMissing = error.code === "NoSuchKey" || error.code === "NoSuchBucket";
      throw new PullFailed(`${image}: ${isMissing ? "there is no such object" : error.message}`, { cause: error });
    }
  };

  return {
    async pull({ image, policy }, signal) {
      const { bucket, key } = locationOf(image);
      const object = await resolve(image, bucket, key, signal);
      if (object.size > maxBytes)
        throw new PullFailed(`${image}: ${object.size} bytes is more than HOLDFAST_HOST_IMAGE_BYTES`);
      const known = object.sha256 === undefined ? undefined : hexDigest(object.sha256);
      const cached = known === undefined ? undefined : await cache.read(known);
      if (cached !== undefined && known !== undefined) return { bytes: cached, digest: known };
      if (policy === "IMAGE_PULL_POLICY_NEVER") {
        throw new PullFailed(`${image}: not in the image cache, and the pull policy Never forbids to fetch it`);
      }
      const bytes = Buffer.concat(await Array.fromAsync(readObject(nc, object, { bucket, signal })));
      const digest = digestOf(bytes);
      if (known !== undefined && known !== digest)
        throw new PullFailed(`${image}: its bytes are not what its record promises`);
      await cache.write(digest, bytes);
      return { bytes, digest };
    },
  };
}

/** ADR-20 keeps base64url. */
const hexDigest = (sha256: string) => `sha256:${Buffer.from(sha256, "base64url").toString("hex")}`;

function locationOf(image: string): { bucket: string; key: string } {
  const match = /^s3:\/\/([a-zA-Z0-9._-]{1,255})\/(.+)$/s.exec(image);
  const [, bucket = "", key = ""] = match ?? [];
  if (match === null || Buffer.byteLength(key) > 1_024)
    throw new PullFailed(`${image}: no object such as s3://components/hello.wasm`);
  return { bucket, key };
}
