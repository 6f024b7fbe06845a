/** Times of signed requests. */

/** S3's tolerance for a client's clock. */
export const maxSkewMs = 15 * 60 * 1000;

/** Parses `20130524T000000Z`, or answers undefined for anything else, 30 February included. */
export function parseAmzDate(text: string): Date | undefined {
  // All requests of a second carry the same one.
  if (text !== latest.text) latest = { text, epochMs: epochOfAmzDate(text) };
  return latest.epochMs === undefined ? undefined : new Date(latest.epochMs);
}

let latest: { readonly text: string; readonly epochMs: number | undefined } = { text: "", epochMs: undefined };

function epochOfAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(iso);
  // V8 rolls over days that do not exist.
  return Number.isNaN(time.getTime()) || time.toISOString() !== iso ? undefined : time.getTime();
}

/** Parses `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110, IMF-fixdate), or answers undefined. */
export function parseHttpDate(text: string): Date | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** `2013-05-24T00:00:00Z`, as S3's error answers print times. */
export function formatErrorTime(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
