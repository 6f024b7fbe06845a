/** Durations as people write them: `500ms`, `90s`, `1.5h`, `7d`, `0`. */
import { z } from "zod";

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof units;

/** Milliseconds; undefined when the text is no duration. Only `0` goes without a unit. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "0") return 0;
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d|w)$/.exec(trimmed);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * units[match[2] as Unit]);
}

/** A setting that is a duration; its value is in milliseconds. */
export function duration(fallback: string, { atLeastMs = 0 }: { atLeastMs?: number } = {}) {
  return z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= atLeastMs) return ms;
      const bound = atLeastMs > 0 ? ` of at least ${atLeastMs} ms` : "";
      context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} is no duration${bound} such as 90s, 5m or 7d`,
      });
      return z.NEVER;
    })
    .prefault(fallback);
}
