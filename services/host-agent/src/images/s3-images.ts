/**
 * `s3://bucket/key`: objects of the mesh's own store, read as an edge reads them. `Always`, which is the rule where nothing is said (a key
 * is a name that may change, as `latest` is), asks for the object's record and fetches what is not in the cache. `IfNotPresent` takes
 * what the name stood for when it was last pulled, and asks nobody; `Never` takes that or nothing.
 */
import { objectMetadata, type StoredObject } from "@holdfast/contracts";
import { s3Location } from "@holdfast/manifests";
import { client, isMeshError } from "@holdfast/micro";
import { digestOf, type ImageCache } from "@holdfast/oci";
import { readObject } from "@holdfast/object-layout";
import type { NatsConnection } from "@nats-io/nats-core";
import { type Image, type Images, PullFailed } from "./image.ts";

export type S3ImagesOptions = {
  readonly cache: ImageCache;
  readonly maxBytes: number;
  /** Told when the cache cannot be written: the image is used all the same. */
  readonly onWarning: (message: string) => void;
};

type Location = { readonly image: string; readonly bucket: string; readonly key: string };

export function s3Images(nc: NatsConnection, { cache, maxBytes, onWarning }: S3ImagesOptions): Images {
  const objects = client(nc, objectMetadata);

  const resolve = async ({ image, bucket, key }: Location, signal: AbortSignal): Promise<StoredObject> => {
    try {
      return (await objects.ResolveObject({ bucket, key }, { signal })).object;
    } catch (error) {
      if (!isMeshError(error)) throw error;
      const isMissing = error.code === "NoSuchKey" || error.code === "NoSuchBucket";
      throw new PullFailed(`${image}: ${isMissing ? "there is no such object" : error.message}`, { cause: error });
    }
  };

  const cached = async (digest: string | undefined): Promise<Image | undefined> => {
    const bytes = digest === undefined ? undefined : await cache.read(digest);
    return digest === undefined || bytes === undefined ? undefined : { bytes, digest };
  };

  const fetchBytes = async ({ image, bucket }: Location, object: StoredObject, signal: AbortSignal): Promise<Image> => {
    const bytes = Buffer.concat(await Array.fromAsync(readObject(nc, object, { bucket, signal })));
    const digest = digestOf(bytes);
    if (object.sha256 !== undefined && hexDigest(object.sha256) !== digest)
      throw new PullFailed(`${image}: its bytes are not what its record promises`);
    await cache.write(digest, bytes).catch((error: unknown) => onWarning(`image cache: ${String(error)}`));
    return { bytes, digest };
  };

  /** As it stands in the store now. */
  const current = async (location: Location, signal: AbortSignal): Promise<Image> => {
    const object = await resolve(location, signal);
    if (object.size > maxBytes)
      throw new PullFailed(`${location.image}: ${object.size} bytes is more than HOLDFAST_HOST_IMAGE_BYTES`);
    // uploads in parts have no digest in their record: what they were found to be is known by their ETag
    const state = `${location.image} ${object.etag} ${object.size}`;
    const digest = object.sha256 === undefined ? await cache.lookUp(state) : hexDigest(object.sha256);
    const found = (await cached(digest)) ?? (await fetchBytes(location, object, signal));
    for (const name of [state, location.image])
      await cache.remember(name, found.digest).catch((error: unknown) => onWarning(`image cache: ${String(error)}`));
    return found;
  };

  return {
    async pull({ image, policy }, signal) {
      const location = { image, ...locationOf(image) };
      const mayBeKept = policy === "IMAGE_PULL_POLICY_NEVER" || policy === "IMAGE_PULL_POLICY_IF_NOT_PRESENT";
      const kept = mayBeKept ? await cached(await cache.lookUp(image)) : undefined;
      if (kept !== undefined) return kept;
      if (policy === "IMAGE_PULL_POLICY_NEVER")
        throw new PullFailed(`${image}: not in the image cache, and the pull policy Never forbids to fetch it`);
      return current(location, signal);
    },
  };
}

/** ADR-20 keeps base64url. */
const hexDigest = (sha256: string) => `sha256:${Buffer.from(sha256, "base64url").toString("hex")}`;

function locationOf(image: string): { readonly bucket: string; readonly key: string } {
  const location = s3Location(image);
  if (location === undefined) throw new PullFailed(`${image}: no object such as s3://components/hello.wasm`);
  return location;
}
