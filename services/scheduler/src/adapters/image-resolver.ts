/** What images stand for at this moment, by their schemes: the one place that knows who is asked for which. */
import { objectMetadata } from "@holdfast/contracts";
import { s3Location } from "@holdfast/manifests";
import { client, isMeshError } from "@holdfast/micro";
import { createRegistryClient, digestOf, formatReference, parseReference } from "@holdfast/oci";
import { isInside } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import { readFile, realpath, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ImageResolver } from "../artifacts.ts";

export type ResolverSettings = {
  readonly insecureRegistries: readonly string[];
  /** Folders whose files may be looked at; what lies elsewhere is taken as it is. */
  readonly fileRoots: readonly string[];
};

/** Larger files are no images: hosts refuse them as well. Bytes. */
const maxFileBytes = 256 * 1024 ** 2;

export function createImageResolver(
  nc: NatsConnection,
  { insecureRegistries, fileRoots }: ResolverSettings,
): ImageResolver {
  const [s3, file, oci] = [s3Resolver(nc), fileResolver(fileRoots), ociResolver(insecureRegistries)];
  return (image, login) => {
    if (image.startsWith("s3://")) return s3(image, login);
    return image.startsWith("file://") ? file(image, login) : oci(image, login);
  };
}

/** A tag's digest, which then stands in the image's name. */
function ociResolver(insecureRegistries: readonly string[]): ImageResolver {
  const registry = createRegistryClient({ insecureRegistries, timeoutMs: 15_000 });
  return async (image, login) => {
    const reference = parseReference(image);
    const credentials = login && { kind: "basic" as const, ...login };
    const digest = await registry.resolve(reference, credentials ? { credentials } : {});
    return { image: formatReference({ ...reference, digest }), digest };
  };
}

/** An object's digest; uploads in parts have none in their record, but an ETag that changes with the content. */
function s3Resolver(nc: NatsConnection): ImageResolver {
  const objects = client(nc, objectMetadata);
  return async (image) => {
    const location = s3Location(image);
    if (location === undefined) throw new Error(`${image}: no object such as s3://components/hello.wasm`);
    const { object } = await objects.ResolveObject(location).catch((error: unknown) => {
      const isMissing = isMeshError(error) && (error.code === "NoSuchKey" || error.code === "NoSuchBucket");
      throw isMissing ? new Error(`${image}: there is no such object`, { cause: error }) : error;
    });
    const { sha256, etag } = object;
    return { image, digest: sha256 === undefined ? `etag:${etag}` : `sha256:${hexOf(sha256)}` };
  };
}

/** ADR-20 keeps base64url. */
const hexOf = (base64url: string) => Buffer.from(base64url, "base64url").toString("hex");

/** The digest of a file that the scheduler may read; hosts read it under the same path. */
function fileResolver(roots: readonly string[]): ImageResolver {
  return async (image) => {
    if (roots.length === 0) return { image, digest: "" };
    const path = await realpath(fileURLToPath(image)).catch(() => undefined);
    // the same answer for what is not there and what is elsewhere: nobody learns of other files by it
    if (path === undefined || !(await isInside(path, roots))) {
      throw new Error(`${image}: no such file inside the folders of HOLDFAST_SCHEDULER_FILE_ROOTS`);
    }
    const { size } = await stat(path);
    if (size > maxFileBytes) throw new Error(`${image}: ${size} bytes are more than an image may have`);
    return { image, digest: digestOf(await readFile(path)) };
  };
}
