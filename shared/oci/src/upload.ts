/** Sends blobs and manifests: whole in one PUT, or in pieces with PATCH (distribution specification, "Pushing blobs"). */
import { digestOf } from "./digest.ts";
import { isOciError, OciError } from "./errors.ts";
import type { Session } from "./session.ts";
import { discard } from "./transport.ts";

export type UploadOptions = {
  /** Larger blobs go in pieces of this size. */
  readonly chunkBytes: number;
  readonly onProgress?: ((sent: number, total: number) => void) | undefined;
};

const octets = "application/octet-stream";

/** Stores a blob, unless the registry has it. */
export async function uploadBlob(
  session: Session,
  bytes: Uint8Array<ArrayBuffer>,
  options: UploadOptions,
): Promise<void> {
  const digest = digestOf(bytes);
  if (!(await hasBlob(session, digest)))
    await (bytes.length > options.chunkBytes ? inPieces : whole)(session, bytes, digest, options);
  options.onProgress?.(bytes.length, bytes.length);
}

/** Stores a manifest under a tag or its digest. */
export async function uploadManifest(
  session: Session,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
): Promise<void> {
  await discard(
    await session.send({
      method: "PUT",
      url: session.url(`manifests/${name}`),
      headers: { "content-type": mediaType },
      body: bytes,
    }),
  );
}

async function hasBlob(session: Session, digest: string): Promise<boolean> {
  try {
    await discard(await session.send({ method: "HEAD", url: session.url(`blobs/${digest}`) }));
    return true;
  } catch (error) {
    if (isOciError(error, "NotFound")) return false;
    throw error;
  }
}

async function whole(session: Session, body: Uint8Array<ArrayBuffer>, digest: string): Promise<void> {
  const { location } = await begin(session);
  await discard(
    await session.send({ method: "PUT", url: finishing(location, digest), headers: { "content-type": octets }, body }),
  );
}

async function inPieces(
  session: Session,
  bytes: Uint8Array<ArrayBuffer>,
  digest: string,
  options: UploadOptions,
): Promise<void> {
  const begun = await begin(session);
  let { location } = begun;
  const size = Math.max(options.chunkBytes, begun.leastChunk);
  for (let from = 0; from < bytes.length; from += size) {
    const body = bytes.subarray(from, from + size);
    const headers = { "content-type": octets, "content-range": `${from}-${from + body.length - 1}` };
    const response = await session.send({ method: "PATCH", url: location, headers, body });
    await discard(response);
    location = locationOf(response, location);
    options.onProgress?.(from + body.length, bytes.length);
  }
  await discard(await session.send({ method: "PUT", url: finishing(location, digest) }));
}

async function begin(session: Session): Promise<{ location: URL; leastChunk: number }> {
  const url = session.url("blobs/uploads/");
  const response = await session.send({ method: "POST", url });
  await discard(response);
  return {
    location: locationOf(response, url),
    leastChunk: Number(response.headers.get("oci-chunk-min-length") ?? 0) || 0,
  };
}

function locationOf(response: Response, from: URL): URL {
  const location = URL.parse(response.headers.get("location") ?? "", from.href);
  if (location === null || !response.headers.has("location"))
    throw new OciError("BadAnswer", `${from.host} names no place to upload to`);
  if (from.protocol === "https:" && location.protocol !== "https:") {
    throw new OciError("BadAnswer", `${from.host} wants the upload without https (${location.host})`);
  }
  return location;
}

function finishing(location: URL, digest: string): URL {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url;
}
