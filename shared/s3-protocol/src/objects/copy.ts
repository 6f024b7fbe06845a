/** CopyObject and UploadPartCopy: where to copy from, and what to take along. */
import { s3Error } from "../errors.ts";
import { checkVersionId, invalidParameter } from "../operations/parameters.ts";
import { isAddressableBucketName } from "../requests/bucket-name.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import { validateObjectKey } from "../requests/object-key.ts";
import { percentDecode } from "../requests/percent.ts";

export type CopySource = { readonly bucket: string; readonly key: string; readonly versionId?: string };

const sourceHeader = "x-amz-copy-source";

/**
 * `[/]bucket/key[?versionId=id]`, percent-encoded as a whole (SDK users encode the first slash too).
 * Throws InvalidArgument, NotImplemented for access point ARNs, NoSuchVersion for a version other than `null`.
 */
export function parseCopySource(header: string): CopySource {
  const version = /\?versionId=([^&]*)$/.exec(header);
  const path = decode(version === null ? header : header.slice(0, version.index)).replace(/^\//, "");
  if (/^arn:/i.test(path)) {
    throw s3Error("NotImplemented", {
      message: "Copying from an access point is not implemented",
      fields: { Header: sourceHeader },
    });
  }
  const slash = path.indexOf("/");
  const bucket = path.slice(0, slash);
  const key = path.slice(slash + 1);
  if (slash === -1 || !isAddressableBucketName(bucket)) {
    throw invalidParameter(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      sourceHeader,
      header,
    );
  }
  if (key === "") throw invalidParameter("Invalid copy source object key", sourceHeader, header);
  validateObjectKey(key);
  if (version === null) return { bucket, key };
  const versionId = decode(version[1] ?? "");
  checkVersionId(versionId);
  return { bucket, key, versionId };
}

function decode(raw: string): string {
  try {
    return percentDecode(raw);
  } catch (cause) {
    throw s3Error("InvalidArgument", {
      message: "Invalid copy source encoding.",
      fields: { ArgumentName: sourceHeader, ArgumentValue: raw },
      cause,
    });
  }
}

export type CopyDirectives = { readonly metadata: "COPY" | "REPLACE"; readonly tagging: "COPY" | "REPLACE" };

/** `x-amz-metadata-directive` and `x-amz-tagging-directive`, COPY by default. Throws InvalidArgument. */
export function parseCopyDirectives(headers: RequestHeaders): CopyDirectives {
  return {
    metadata: directive(headers, "x-amz-metadata-directive", "Unknown metadata directive."),
    tagging: directive(headers, "x-amz-tagging-directive", "Unknown tagging directive."),
  };
}

function directive(headers: RequestHeaders, name: string, message: string): "COPY" | "REPLACE" {
  const value = headers.get(name)?.trim() ?? "COPY";
  if (value === "COPY" || value === "REPLACE") return value;
  throw invalidParameter(message, name, value);
}

/** Throws InvalidRequest when an object is copied onto itself and nothing about it would change. */
export function checkCopyOntoItself(
  source: CopySource,
  destination: { readonly bucket: string; readonly key: string },
  headers: RequestHeaders,
): void {
  if (source.bucket !== destination.bucket || source.key !== destination.key) return;
  if (parseCopyDirectives(headers).metadata === "REPLACE" || headers.has("x-amz-storage-class")) return;
  throw s3Error("InvalidRequest", {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  });
}
