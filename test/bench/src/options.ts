/** What the benchmark can be told, checked before anything starts. */
import { parseArgs } from "node:util";
import { s3Rows } from "./rows/catalogue.ts";
import { isSizeName, type Row, sizeNames } from "./rows/row.ts";

export const help = `usage: npm run bench -- [options]

what is measured
  --endpoint URL       an S3 server; without it a mesh is started for the run. Credentials: AWS_ACCESS_KEY_ID,
                       AWS_SECRET_ACCESS_KEY, AWS_REGION
  --compare REV        two commits in turn, A B A B: REV and this tree; prints the ratios
  --set LIST           settings of this tree's mesh, NAME=VALUE,...; with --compare only the other commit goes without:
                       --compare HEAD --set HOLDFAST_EDGE_PROCESSES=2 measures what a setting does
  --pairs N            of --compare: how often each row runs on both (default 3)
which rows
  --rows LIST          only rows whose name contains one of these
  --sizes LIST         only objects of ${sizeNames.join(", ")}
  --concurrency LIST   requests at once, instead of what each row has
  --full               all rows at 1, 16 and 64, and the long ones (1,000,000 keys, 64 x 1 GiB)
  --no-floor           without the bare NATS and HTTP calls that rows are compared to
how
  --seconds N          per row (default 2)
  --signed-payload     sign the SHA-256 of each body instead of UNSIGNED-PAYLOAD
what comes out
  --json               everything, for machines; also --output json
  --write FILE         puts the tables into FILE between its bench markers: docs/performance.md
  --profile DIR        CPU profiles of the services into DIR, and their top functions
  --list               the names of the rows
  --short              what CI runs: no times, only errors and round trips against their budget`;

/** A mistake in how the benchmark was called. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type Options = {
  readonly mode: "help" | "list" | "short" | "run" | "compare";
  readonly endpoint: string | undefined;
  readonly compare: string | undefined;
  readonly pairs: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly plan: readonly PlannedRow[];
  readonly floor: boolean;
  readonly seconds: number;
  readonly signsPayload: boolean;
  readonly json: boolean;
  readonly write: string | undefined;
  readonly profile: string | undefined;
};

export type PlannedRow = { readonly row: Row; readonly concurrency: readonly number[] };

const flags = {
  endpoint: { type: "string" },
  compare: { type: "string" },
  pairs: { type: "string", default: "3" },
  set: { type: "string" },
  rows: { type: "string" },
  sizes: { type: "string" },
  concurrency: { type: "string" },
  full: { type: "boolean", default: false },
  "no-floor": { type: "boolean", default: false },
  seconds: { type: "string", default: "2" },
  "signed-payload": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  output: { type: "string", default: "table" },
  write: { type: "string" },
  profile: { type: "string" },
  list: { type: "boolean", default: false },
  short: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  const values = parseFlags(args);
  const { endpoint, compare, write, profile, output } = values;
  if (output !== "table" && output !== "json") throw new UsageError(`--output: table or json, not ${output}`);
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw new UsageError(`--endpoint: not a URL: ${endpoint}`);
  for (const [other, given] of Object.entries({
    compare,
    profile,
    set: values.set,
    short: values.short || undefined,
  })) {
    if (endpoint !== undefined && given !== undefined)
      throw new UsageError(`--${other} starts meshes of its own: leave --endpoint out`);
  }
  if (compare !== undefined && (write ?? profile) !== undefined)
    throw new UsageError("--compare only prints: leave --write and --profile out");
  return {
    mode: modeOf(values),
    endpoint,
    compare,
    write,
    profile,
    plan: planRows(values),
    pairs: numberOf("pairs", values.pairs),
    settings: readSettings(values.set),
    floor: !values["no-floor"],
    seconds: numberOf("seconds", values.seconds),
    signsPayload: values["signed-payload"],
    json: values.json || output === "json",
  };
}

type Flags = ReturnType<typeof parseFlags>;

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function modeOf({ help, list, short, compare }: Flags): Options["mode"] {
  if (help) return "help";
  if (list) return "list";
  if (short) return "short";
  return compare === undefined ? "run" : "compare";
}

/** Which rows run, and at what concurrency. */
function planRows({ rows, sizes, concurrency, full }: Flags): PlannedRow[] {
  const names = rows?.split(",");
  const unwanted = sizes === undefined ? [] : sizeNames.filter((name) => !sizesOf(sizes).includes(name));
  const given = concurrency?.split(",").map((text) => numberOf("concurrency", text));
  const plan = s3Rows
    .filter((row) => names?.some((name) => row.name.includes(name)) ?? (full || row.isLong !== true))
    .filter((row) => !unwanted.some((size) => row.name.split(/[ ,]/).includes(size)))
    .map((row) => ({
      row,
      concurrency: row.isCut === true ? row.concurrency : (given ?? (full ? allOf(row) : row.concurrency)),
    }));
  if (plan.length === 0) throw new UsageError(`no row is called so: ${rows}; --list shows all`);
  return plan;
}

/** Rows of a few operations of 1 GiB stay with their own. */
const allOf = ({ concurrency, maxOperations = Infinity }: Row) => (maxOperations < 16 ? concurrency : [1, 16, 64]);

function readSettings(text = ""): Record<string, string> {
  const settings = text.split(",").filter((each) => each !== "");
  const wrong = settings.find((setting) => !/^[A-Z][A-Z0-9_]*=/.test(setting));
  if (wrong !== undefined) throw new UsageError(`--set: not NAME=VALUE: ${wrong}`);
  return Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/s, 2)));
}

function sizesOf(text: string): string[] {
  const given = text.split(",");
  const unknown = given.find((name) => !isSizeName(name));
  if (unknown !== undefined)
    throw new UsageError(`--sizes: no such size: ${unknown}; there are ${sizeNames.join(", ")}`);
  return given;
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${option}: not a positive number: ${text}`);
  return value;
}
