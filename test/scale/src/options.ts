/** What the tool can be told, checked before anything starts. */
import { parseArgs } from "node:util";
import { isSectionName, type SectionName, sectionNames } from "./report/result.ts";

export const help = `usage: npm run scale -- [options]

  --only LIST      of ${sectionNames.join(", ")} (default: all)
  --objects N      in one bucket (default 1,000,000: 10 to 30 minutes; asks for 3 GB of free disk)
  --buckets N      (default 1,000)
  --gib N          through one edge, up and down (default 10; needs 1.3 times as much disk)
  --seconds N      of each round of load in the sections shared and cluster (default 10)
  --write FILE     puts the tables into FILE, between its scale markers: docs/scaling.md
  --json           everything as one JSON value, for machines

Everything is made under TMPDIR and removed at the end, also on Ctrl-C.
Exit codes: 0 every invariant held, 1 one did not or a section failed, 2 called wrongly, 130 interrupted.`;

/** A mistake in how the tool was called. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type Options = {
  readonly help: boolean;
  readonly only: readonly SectionName[];
  readonly objects: number;
  readonly buckets: number;
  readonly gib: number;
  readonly seconds: number;
  readonly write: string | undefined;
  readonly json: boolean;
};

const flags = {
  only: { type: "string", default: sectionNames.join(",") },
  objects: { type: "string", default: "1000000" },
  buckets: { type: "string", default: "1000" },
  gib: { type: "string", default: "10" },
  seconds: { type: "string", default: "10" },
  write: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  const values = parseFlags(args);
  const only = values.only.split(",");
  const unknown = only.find((name) => !isSectionName(name));
  if (unknown !== undefined) throw new UsageError(`--only: no such section: ${unknown}`);
  return {
    help: values.help,
    only: sectionNames.filter((name) => only.includes(name)),
    objects: wholeNumber("objects", values.objects, 1_000),
    buckets: wholeNumber("buckets", values.buckets, 1),
    gib: positive("gib", values.gib),
    seconds: positive("seconds", values.seconds),
    write: values.write,
    json: values.json,
  };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new UsageError(`--${option}: not a positive number: ${text}`);
  return value;
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = positive(option, text);
  if (!Number.isInteger(value) || value < least) throw new UsageError(`--${option}: a whole number from ${least} up`);
  return value;
}
