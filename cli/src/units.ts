/** Sizes and durations as people write them. */
import { parseDuration } from "@holdfast/runtime";
import { UsageError } from "./errors.ts";

const bytesPer: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `90s`, `15m`, `30d` -> seconds. */
export function parseSeconds(origin: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${origin}: "${text}" is not a duration such as 90s, 15m, 12h or 30d`);
  return Math.round(ms / 1_000);
}

/** `1000`, `500MB`, `10GiB` -> bytes. */
export function parseSize(origin: string, text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(bytesPer, unit) ? bytesPer[unit] : undefined;
  const value = Math.round(Number(number) * (factor ?? NaN));
  if (number === "" || !Number.isSafeInteger(value)) {
    throw new UsageError(`${origin}: "${text}" is not a size such as 500MB or 10GiB`);
  }
  return value;
}

/** 1536 -> `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * step);
  return `${step === 0 ? value : value.toFixed(1)} ${units[step] ?? ""}`;
}
