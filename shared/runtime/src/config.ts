/**
 * One zod schema says what a process can be told. Its keys are environment names; `--s3-port 9000` is `HOLDFAST_S3_PORT=9000`
 * and wins over it. A bad configuration is reported whole, not one problem at a time.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

/** What every process of the mesh can be told. */
export const commonConfig = z.object({
  HOLDFAST_NATS_URL: z
    .string()
    .default("nats://127.0.0.1:4222")
    .describe("Servers of the NATS cluster, separated by commas"),
  HOLDFAST_NATS_USER: z.string().optional().describe("NATS user name"),
  HOLDFAST_NATS_PASSWORD: z.string().optional().describe("NATS password"),
  HOLDFAST_NATS_PASSWORD_FILE: z.string().optional().describe("File that holds the NATS password"),
  HOLDFAST_NATS_TOKEN: z.string().optional().describe("NATS token, instead of user and password"),
  HOLDFAST_NATS_NKEY_SEED_FILE: z.string().optional().describe("File with an nkey seed"),
  HOLDFAST_NATS_CREDENTIALS_FILE: z.string().optional().describe("NATS credentials file (JWT and seed)"),
  HOLDFAST_NATS_TLS_CA: z.string().optional().describe("File with the CA certificates of the NATS servers"),
  HOLDFAST_NATS_TLS_CERT: z.string().optional().describe("File with the client certificate for NATS"),
  HOLDFAST_NATS_TLS_KEY: z.string().optional().describe("File with the client certificate's key"),
  HOLDFAST_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("Least severe log line to write"),
  HOLDFAST_ADMIN_HOST: z.string().default("127.0.0.1").describe("Address of the admin port (health, metrics)"),
  HOLDFAST_ADMIN_PORT: port.default(0).describe("Admin port; 0 takes a free one and logs it"),
  HOLDFAST_DATA_DIR: z.string().default(".holdfast/data").describe("Folder for what a service keeps on disk"),
  HOLDFAST_DRAIN_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(25_000)
    .describe("How long a stopping process waits for running requests, milliseconds"),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe("OTLP/HTTP endpoint that receives traces; tracing is off, at no cost, without it"),
});
export type CommonConfig = z.output<typeof commonConfig>;

/** A configuration that cannot be used. `problems`: one line each, naming the variable and what to do. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const flagName = (variable: string) =>
  `--${variable
    .replace(/^HOLDFAST_/, "")
    .toLowerCase()
    .replaceAll("_", "-")}`;

/** Reads flags (`--name value` or `--name=value`) into environment names; unknown ones are problems. */
function readFlags(names: readonly string[], argv: readonly string[], problems: string[]): Record<string, string> {
  const byFlag = new Map(names.map((name) => [flagName(name), name]));
  const values: Record<string, string> = {};
  for (let i = 0; i < argv.length; i++) {
    const [flag = "", inline] = (argv[i] ?? "").split(/=(.*)/s, 2);
    const name = byFlag.get(flag);
    if (name === undefined) {
      problems.push(`${flag}: no such option; known are ${[...byFlag.keys()].join(" ")}`);
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined) problems.push(`${flag}: needs a value`);
    else values[name] = value;
  }
  return values;
}

/** The configuration from flags and environment; throws `ConfigError` with every problem found. */
export function loadConfig<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  env: NodeJS.ProcessEnv,
  argv: readonly string[] = [],
): z.output<z.ZodObject<S>> {
  const problems: string[] = [];
  const names = Object.keys(schema.shape);
  const given: Record<string, string> = {};
  // An empty variable is an unset one: compose files and shells pass those along.
  for (const name of names) if (env[name]) given[name] = env[name];
  Object.assign(given, readFlags(names, argv, problems));
  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? "configuration");
    problems.push(`${name}: ${issue.message}; set ${name} or ${flagName(name)} accordingly`);
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return parsed.data;
}

/** The text of a file that a variable names, without the line end; throws `ConfigError` naming the variable. */
export function readSetting(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError([
      `${variable}: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}
