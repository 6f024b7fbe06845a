/**
 * A small registry on 127.0.0.1 for tests: the distribution API (https://github.com/opencontainers/distribution-spec) over node:http,
 * in memory, with the ways of authorization that there are and faults on demand. It checks what a real one checks: digests, that a
 * manifest's blobs are there, the order of an upload's pieces.
 *
 * Gaps: no deletion, no lists of tags, no mounts, no referrers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash, randomUUID } from "node:crypto";
import { type Answer, blobsOf, corrupted, cut, failure, fromRefusal, readAll, send } from "./answers.ts";
import { createGuard, type RegistryAuth } from "./registry-auth.ts";

export type { RegistryAuth } from "./registry-auth.ts";

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
};

/** What happens to a request instead of its answer: another answer, or a damaged one. */
export type RegistryFault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection breaks, after half of the body where there is one. */
  | { readonly kind: "cut" }
  /** One byte of the body is another. */
  | { readonly kind: "corrupt" }
  /** No answer ever. */
  | { readonly kind: "hang" };

export type RegistryOptions = {
  readonly auth?: RegistryAuth;
  /** Asked for each request; undefined: no fault. */
  readonly fault?: (request: SeenRequest) => RegistryFault | undefined;
  /** Blobs are answered with a redirect to this origin, where another test registry may stand. */
  readonly redirectBlobsTo?: () => string;
  readonly leastChunkBytes?: number;
  /** Leaves out Docker-Content-Digest, as some do. */
  readonly withoutDigestHeader?: boolean;
  readonly port?: number;
};

export type TestRegistry = AsyncDisposable & {
  /** `127.0.0.1:<port>`, as it stands in references. */
  readonly host: string;
  readonly origin: string;
  /** What was asked, in order. */
  readonly requests: readonly SeenRequest[];
  /** Every blob and manifest by digest. */
  readonly content: ReadonlyMap<string, Uint8Array>;
  /** Stores a blob and answers its digest. */
  putBlob(bytes: Uint8Array): string;
  /** Stores a manifest under `<repository>:<tag>` and answers its digest. */
  putManifest(repository: string, tag: string, manifest: object, mediaType?: string): string;
  revokeTokens(): void;
  stop(): Promise<void>;
};

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Starts a registry on a free port. Use with `await using`. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const guard = createGuard(options.auth);
  const content = new Map<string, Uint8Array>();
  const types = new Map<string, string>();
  /** `<repository>:<tag>` -> digest. */
  const tags = new Map<string, string>();
  const uploads = new Map<string, Uint8Array>();
  const requests: SeenRequest[] = [];
  let origin = "";

  const putBlob = (bytes: Uint8Array) => {
    const digest = sha256(bytes);
    content.set(digest, bytes);
    return digest;
  };

  const storeManifest = (repository: string, name: string, bytes: Uint8Array, mediaType: string) => {
    const digest = putBlob(bytes);
    types.set(digest, mediaType);
    if (!name.startsWith("sha256:")) tags.set(`${repository}:${name}`, digest);
    return digest;
  };

  const manifest = (method: string, repository: string, name: string, body: Uint8Array, type: string): Answer => {
    if (method === "PUT") {
      const missing = blobsOf(body).find((digest) => !content.has(digest));
      if (missing !== undefined) return failure(404, "MANIFEST_BLOB_UNKNOWN", missing);
      if (name.startsWith("sha256:") && name !== sha256(body)) return failure(400, "DIGEST_INVALID", name);
      return { status: 201, headers: digestHeader(storeManifest(repository, name, body, type)) };
    }
    const digest = name.startsWith("sha256:") ? name : (tags.get(`${repository}:${name}`) ?? "");
    const bytes = types.has(digest) ? content.get(digest) : undefined;
    if (bytes === undefined) return failure(404, "MANIFEST_UNKNOWN", name);
    return {
      status: 200,
      headers: { "content-type": types.get(digest) ?? ociManifest, ...digestHeader(digest) },
      body: bytes,
    };
  };

  const digestHeader = (digest: string): Record<string, string> =>
    options.withoutDigestHeader === true ? {} : { "docker-content-digest": digest };

  const blob = (method: string, path: string, digest: string): Answer => {
    const bytes = content.get(digest);
    if (options.redirectBlobsTo && method === "GET") {
      return { status: 307, headers: { location: `${options.redirectBlobsTo()}${path}` } };
    }
    if (bytes === undefined) return failure(404, "BLOB_UNKNOWN", digest);
    return {
      status: 200,
      headers: { "content-type": "application/octet-stream", ...digestHeader(digest) },
      body: bytes,
    };
  };

  const beginUpload = (repository: string): Answer => {
    const id = randomUUID();
    uploads.set(id, new Uint8Array(0));
    const least = options.leastChunkBytes;
    return {
      status: 202,
      headers: {
        // relative, and with a query: both are allowed, and clients must keep what they find in it
        location: `/v2/${repository}/blobs/uploads/${id}?state=0`,
        ...(least !== undefined && { "oci-chunk-min-length": String(least) }),
      },
    };
  };

  const continueUpload = (
    request: IncomingMessage,
    repository: string,
    id: string,
    url: URL,
    body: Uint8Array,
  ): Answer => {
    const held = uploads.get(id);
    if (held === undefined || url.searchParams.get("state") !== String(held.length))
      return failure(404, "BLOB_UPLOAD_UNKNOWN", id);
    const range = request.headers["content-range"];
    if (range !== undefined && range !== `${held.length}-${held.length + body.length - 1}`)
      return failure(416, "BLOB_UPLOAD_INVALID", range);
    const whole = Buffer.concat([held, body]);
    if (request.method === "PATCH") {
      uploads.set(id, whole);
      const location = `/v2/${repository}/blobs/uploads/${id}?state=${whole.length}`;
      return { status: 202, headers: { location, range: `0-${whole.length - 1}` } };
    }
    const digest = url.searchParams.get("digest") ?? "";
    if (sha256(whole) !== digest) return failure(400, "DIGEST_INVALID", digest);
    uploads.delete(id);
    return { status: 201, headers: { location: `/v2/${repository}/blobs/${putBlob(whole)}`, ...digestHeader(digest) } };
  };

  const serve = async (request: IncomingMessage, url: URL): Promise<Answer> => {
    const body = await readAll(request);
    if (url.pathname === "/token") return fromRefusal(guard.token(request, url, body.toString("utf8")));
    const { pathname } = url;
    const { method = "" } = request;
    const [, repository = "", kind = "", name = ""] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(pathname) ?? [];
    const refusal = guard.check(request, repository, origin);
    if (refusal !== undefined) return fromRefusal(refusal);
    if (pathname === "/v2/") return { status: 200, body: "{}" };
    switch (kind) {
      case "manifests":
        return manifest(method, repository, name, body, request.headers["content-type"] ?? ociManifest);
      case "blobs":
        return blob(method, pathname, name);
      case "blobs/uploads":
        return method === "POST" ? beginUpload(repository) : continueUpload(request, repository, name, url, body);
      default:
        return failure(404, "UNSUPPORTED", pathname);
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", origin);
    const seen = { method: request.method ?? "", path: url.pathname, authorization: request.headers.authorization };
    requests.push(seen);
    const fault = options.fault?.(seen);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "answer") return send(request, response, { ...fault });
    const answer = await serve(request, url);
    if (fault?.kind === "cut") return cut(response, answer);
    send(request, response, fault?.kind === "corrupt" ? corrupted(answer) : answer);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  origin = `http://${host}`;

  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  return {
    host,
    origin,
    requests,
    content,
    putBlob,
    putManifest: (repository, tag, value, mediaType = ociManifest) =>
      storeManifest(repository, tag, Buffer.from(JSON.stringify(value)), mediaType),
    revokeTokens: () => guard.revoke(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
