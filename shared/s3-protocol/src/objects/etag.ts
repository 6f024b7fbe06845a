/** Entity tags as conditional headers carry them (RFC 9110, 8.8.3), with or without quotes as S3 clients send them. */

export type ETagCondition = { readonly any: boolean; readonly tags: readonly { value: string; weak: boolean }[] };

/** Puts an ETag (hex, or hex-parts) into quotes for a header or XML. */
export function quoteETag(etag: string): string {
  return `"${etag}"`;
}

/** Takes the quotes off an ETag, if it has any; `W/` stays, so that a weak tag matches nothing. */
export function unquoteETag(etag: string): string {
  const trimmed = etag.trim();
  return /^".*"$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

/** Parses `*`, one tag or a list. Never throws: what is not a tag is a tag that matches nothing. */
export function parseETagCondition(header: string): ETagCondition {
  const tags = [...header.matchAll(/(W\/)?(?:"([^"]*)"|([^\s,"]+))/g)].map((match) => ({
    value: match[2] ?? match[3] ?? "",
    weak: match[1] !== undefined,
  }));
  // `*` stands alone; inside a list or in quotes it is no wildcard.
  return { any: header.trim() === "*", tags };
}

/** Strong comparison, for If-Match: a weak tag never matches. */
export function matchesStrongly(condition: ETagCondition, etag: string): boolean {
  return condition.any || condition.tags.some((tag) => !tag.weak && tag.value === etag);
}

/** Weak comparison, for If-None-Match. */
export function matchesWeakly(condition: ETagCondition, etag: string): boolean {
  return condition.any || condition.tags.some((tag) => tag.value === etag);
}
