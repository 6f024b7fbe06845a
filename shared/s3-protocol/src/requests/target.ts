/**
 * Which bucket and key a request names: path style (`/bucket/key`) and virtual-host style (`bucket.<domain>/key`).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 *
 * Gaps: no website endpoints, access point hosts, dual-stack names or CNAME buckets. A `+` in a path is a plus, as RFC 3986
 * says and every SDK assumes; AWS itself reads it as a space there (SDKs send `%2B`, so nobody notices).
 */
import { s3Error } from "../errors.ts";
import { isAddressableBucketName } from "./bucket-name.ts";
import { validateObjectKey } from "./object-key.ts";
import { percentDecode } from "./percent.ts";

/** Without a bucket: the service. With a bucket and no key: the bucket. */
export type Target = { readonly bucket?: string; readonly key?: string };

export type TargetRequest = {
  /** The Host header as sent, port included. */
  readonly host: string | undefined;
  /** The request target before `?`, exactly as on the wire. */
  readonly rawPath: string;
  /** Domains whose subdomains are buckets (HOLDFAST_S3_DOMAIN). */
  readonly domain?: string | readonly string[];
};

/** Throws InvalidURI, InvalidBucketName and KeyTooLongError. The bucket's name is not checked by S3's rules for new ones. */
export function resolveTarget(request: TargetRequest): Target {
  const { rawPath } = request;
  if (!rawPath.startsWith("/")) throw s3Error("InvalidURI");
  const virtual = bucketOfHost(request.host, request.domain);
  if (virtual !== undefined) return target(virtual, rawPath.slice(1));
  if (rawPath === "/") return {};
  const slash = rawPath.indexOf("/", 1);
  return slash === -1
    ? target(percentDecode(rawPath.slice(1)), "")
    : target(percentDecode(rawPath.slice(1, slash)), rawPath.slice(slash + 1));
}

function target(bucket: string, rawKey: string): Target {
  if (!isAddressableBucketName(bucket)) throw s3Error("InvalidBucketName", { fields: { BucketName: bucket } });
  // `/bucket/` is the bucket: S3 has no object with an empty key.
  if (rawKey === "") return { bucket };
  const key = percentDecode(rawKey);
  validateObjectKey(key);
  return { bucket, key };
}

function bucketOfHost(host: string | undefined, domain: TargetRequest["domain"]): string | undefined {
  if (host === undefined || domain === undefined) return undefined;
  const name = normalizeHost(host);
  const domains = typeof domain === "string" ? [domain] : domain;
  // The longest first, so that `eu.s3.example` wins over `s3.example` where both are served.
  const suffixes = domains.map((entry) => normalizeHost(entry)).toSorted((a, b) => b.length - a.length);
  for (const suffix of suffixes) {
    if (suffix === "") continue;
    if (name === suffix) return undefined;
    if (name.endsWith(`.${suffix}`)) return name.slice(0, -suffix.length - 1);
  }
  return undefined;
}

/** Lower case, without port and without the root's dot. */
function normalizeHost(host: string): string {
  return host.trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}
