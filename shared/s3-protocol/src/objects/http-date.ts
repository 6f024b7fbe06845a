/** Dates in HTTP headers: RFC 9110, 5.6.7 (IMF-fixdate and the two obsolete forms). */

const imf = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctime = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Milliseconds since the epoch, or undefined for what is no HTTP date (a condition with it is ignored). */
export function parseHttpDate(value: string): number | undefined {
  const text = value.trim();
  if (!imf.test(text) && !rfc850.test(text) && !asctime.test(text)) return undefined;
  const time = Date.parse(asctime.test(text) ? `${text} GMT` : text);
  return Number.isNaN(time) ? undefined : time;
}

/** `Sat, 21 Nov 2026 09:00:00 GMT`, for Last-Modified and Date. */
export function formatHttpDate(epochMs: number): string {
  return new Date(epochMs).toUTCString();
}
