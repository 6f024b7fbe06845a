/**
 * Image references: `[oci://][registry/]repository[:tag][@digest]`, by the grammar of
 * https://github.com/distribution/reference and the names of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md.
 *
 * What has no registry is Docker Hub's, as everywhere: `nginx` is `docker.io/library/nginx`. Neither tag nor digest means `latest`;
 * where both are given the digest decides and the tag is for people.
 */
import { isIP } from "node:net";
import { OciError } from "./errors.ts";

export type ImageReference = {
  /** `host` or `host:port`; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  /** Absent where only a digest is given. */
  readonly tag?: string;
  /** `sha256:<64 hex digits>` or `sha512:<128>`. */
  readonly digest?: string;
};

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const registryPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[\da-f:]+\])(?::\d{1,5})?$/i;
const maxReferenceLength = 512;
const maxRepositoryLength = 255;

/** True for a digest that this package can verify. */
export const isDigest = (text: string): boolean => digestPattern.test(text);

/** The image that a text names. Throws InvalidReference. */
export function parseReference(text: string): ImageReference {
  if (text.length > maxReferenceLength) throw invalid(`${text.slice(0, 64)}...`, "it is too long");
  const bare = text.startsWith("oci://") ? text.slice("oci://".length) : text;
  if (bare.includes("://")) throw invalid(text, "only oci:// or no scheme at all is possible");
  const [name, digest] = splitOnce(bare, bare.indexOf("@"));
  if (digest !== undefined && !isDigest(digest))
    throw invalid(text, "after @ a digest such as sha256:<64 hex digits> must come");
  // a colon before the last slash is the registry's port
  const colon = name.lastIndexOf(":");
  const [path, tag] = splitOnce(name, colon > name.lastIndexOf("/") ? colon : -1);
  if (tag !== undefined && !tagPattern.test(tag)) throw invalid(text, `${JSON.stringify(tag)} is no tag`);
  const { registry, repository } = splitRegistry(path);
  if (!isRegistry(registry))
    throw invalid(text, `${JSON.stringify(registry)} is no registry such as ghcr.io or localhost:5000`);
  if (!repositoryPattern.test(repository) || repository.length > maxRepositoryLength) {
    throw invalid(
      text,
      `${JSON.stringify(repository)} is no repository: lower-case letters, digits and . _ - between them, with / between its parts`,
    );
  }
  const named = tag ?? (digest === undefined ? "latest" : undefined);
  return { registry, repository, ...(named !== undefined && { tag: named }), ...(digest !== undefined && { digest }) };
}

/** The reference in full, as parseReference reads it back. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  const name = `${registry}/${repository}`;
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The same image, held to one digest. */
export function pinned({ registry, repository }: ImageReference, digest: string): ImageReference {
  return { registry, repository, digest };
}

/** True for a registry on this machine: its traffic does not leave it. */
export function isLoopback(registry: string): boolean {
  const { hostname } = new URL(`http://${registry}`);
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return hostname === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

function splitRegistry(path: string): { registry: string; repository: string } {
  const [first, rest] = splitOnce(path, path.indexOf("/"));
  // only a first part that looks like a host is one: `team/tool` is a repository of Docker Hub
  if (rest !== undefined && (/[.:[]/.test(first) || first === "localhost")) return dockerHub(first.toLowerCase(), rest);
  return dockerHub("docker.io", path);
}

function dockerHub(registry: string, repository: string): { registry: string; repository: string } {
  if (registry !== "docker.io" && registry !== "index.docker.io") return { registry, repository };
  return { registry: "docker.io", repository: repository.includes("/") ? repository : `library/${repository}` };
}

function isRegistry(registry: string): boolean {
  return registryPattern.test(registry) && URL.canParse(`http://${registry}`);
}

function splitOnce(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string, why: string): OciError {
  return new OciError("InvalidReference", `${JSON.stringify(text)} is no image reference: ${why}`);
}
