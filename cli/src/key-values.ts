import { UsageError } from "./errors.ts";

/** `KEY=VALUE` of each; the first `=` divides. Throws UsageError that names where it came from, and never the value. */
export function keyValues(origin: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text, index) => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(`${origin}: the ${ordinal(index + 1)} one is not KEY=VALUE`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

const ordinal = (n: number) => ["first", "second", "third"][n - 1] ?? `${n}th`;
