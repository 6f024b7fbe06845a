/** One pull for all schemes: the scheme's own source, a time limit, and one kind of error. */
import { isOciError } from "@holdfast/oci";
import { type Image, type ImageRequest, type Images, PullFailed } from "./image.ts";

export type ImageSources = {
  readonly s3: Images;
  readonly file: Images;
  readonly oci: Images;
};

function sourceOf(image: string, sources: ImageSources): Images {
  if (image.startsWith("s3://")) return sources.s3;
  if (image.startsWith("file://")) return sources.file;
  if (image.startsWith("oci://") || !image.includes("://")) return sources.oci;
  throw new PullFailed(`${image}: no such scheme; an image is oci://, s3:// or file://, or a bare OCI reference`);
}

/** What the reason of a failed pull is, without stacks. */
function reasonOf(error: unknown, limitMs: number, limit: AbortSignal): string {
  if (limit.aborted) return `not there within ${limitMs / 1_000} s`;
  if (isOciError(error) || error instanceof PullFailed || error instanceof Error) return error.message;
  return String(error);
}

/** Images of all schemes, each pull within `timeoutMs`. */
export function allImages(sources: ImageSources, timeoutMs: number): Images {
  const pull = async (request: ImageRequest, signal: AbortSignal): Promise<Image> => {
    if (request.image === "") throw new PullFailed("no image is given");
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return await sourceOf(request.image, sources).pull(request, AbortSignal.any([signal, limit]));
    } catch (error) {
      throw new PullFailed(reasonOf(error, timeoutMs, limit), { cause: error });
    }
  };
  return { pull };
}
