/**
 * One zod schema says what a process can be told. Its keys are environment names; `--s3-port 9000` is `HOLDFAST_S3_PORT=9000`
 * and wins over it. A bad configuration is reported whole, not one problem at a time.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { duration } from "./duration.ts";

const port = z.coerce.number().int().min(0).max(65_535);
const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The path of a file that can be read when the process starts. */
const readableFile = z.string().superRefine((path, context) => {
  try {
    readFileSync(path);
  } catch (error) {
    context.addIssue({ code: "custom", message: `cannot read ${path} (${words(error)})` });
  }
});

const servers = z.string().superRefine((list, context) => {
  for (const server of list.split(",").map((each) => each.trim())) {
    const message = problemWithServer(server);
    if (message) context.addIssue({ code: "custom", message });
  }
});

function problemWithServer(server: string): string | undefined {
  // The client library would ignore a user and password in here, and a URL ends up in logs.
  if (server.includes("@"))
    return "credentials do not belong in a URL; use HOLDFAST_NATS_USER and HOLDFAST_NATS_PASSWORD";
  if (/^(?:(?:nats|tls):\/\/)?(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?\/?$/i.test(server)) return undefined;
  return `${JSON.stringify(server)} is no NATS server such as nats://host:4222`;
}

/** What every process of the mesh can be told. */
export const commonConfig = z.object({
  HOLDFAST_NATS_URL: servers
    .default("nats://127.0.0.1:4222")
    .describe("Servers of the NATS cluster, separated by commas"),
  HOLDFAST_NATS_USER: z.string().optional().describe("NATS user name"),
  HOLDFAST_NATS_PASSWORD: z.string().optional().describe("NATS password"),
  HOLDFAST_NATS_PASSWORD_FILE: readableFile.optional().describe("File that holds the NATS password"),
  HOLDFAST_NATS_TOKEN: z.string().optional().describe("NATS token, instead of user and password"),
  HOLDFAST_NATS_NKEY_SEED_FILE: readableFile.optional().describe("File with an nkey seed"),
  HOLDFAST_NATS_CREDENTIALS_FILE: readableFile.optional().describe("NATS credentials file (JWT and seed)"),
  HOLDFAST_NATS_TLS_CA: readableFile.optional().describe("File with the CA certificates of the NATS servers"),
  HOLDFAST_NATS_TLS_CERT: readableFile.optional().describe("File with the client certificate for NATS"),
  HOLDFAST_NATS_TLS_KEY: readableFile.optional().describe("File with the client certificate's key"),
  HOLDFAST_NATS_CONNECT_TIMEOUT: duration("30s").describe("How long a starting process waits for NATS to come up"),
  HOLDFAST_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least severe log line to write"),
  HOLDFAST_ADMIN_HOST: z.string().default("127.0.0.1").describe("Address of the admin port (health, metrics)"),
  HOLDFAST_ADMIN_PORT: port.default(0).describe("Admin port; 0 takes a free one and logs it"),
  HOLDFAST_DATA_DIR: z.string().default(".holdfast/data").describe("Folder for what a service keeps on disk"),
  HOLDFAST_DRAIN_TIMEOUT: duration("25s").describe("How long a stopping process waits for running requests"),
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

type Given = Record<string, string>;

/** Reads flags (`--name value` or `--name=value`) into environment names; unknown ones are problems. */
function readFlags(names: readonly string[], argv: readonly string[], problems: string[]): Given {
  const byFlag = new Map(names.map((name) => [flagName(name), name]));
  const values: Given = {};
  for (let i = 0; i < argv.length; i++) {
    const [flag = "", inline] = (argv[i] ?? "").split(/=(.*)/s, 2);
    // The text of a value is never repeated: behind a misspelt option it may be a password.
    const takesNext = inline === undefined && argv[i + 1]?.startsWith("--") === false;
    const value = takesNext ? argv[++i] : inline;
    const name = byFlag.get(flag);
    if (!flag.startsWith("--")) problems.push(`argument ${i + 1}: not an option; write --name value`);
    else if (name === undefined) problems.push(`${flag}: no such option; --help lists them`);
    else if (value === undefined) problems.push(`${flag}: needs a value; write ${flag} VALUE`);
    else values[name] = value;
  }
  return values;
}

/** Settings that are fine alone and not together. */
function contradictions(given: Given): string[] {
  const has = (...names: string[]) => names.filter((name) => given[`HOLDFAST_NATS_${name}`] !== undefined);
  const problems: string[] = [];
  const ways = has("USER", "TOKEN", "NKEY_SEED_FILE", "CREDENTIALS_FILE").map((name) => `HOLDFAST_NATS_${name}`);
  if (ways.length > 1) problems.push(`${ways.join(", ")}: more than one way to sign in; set only one of them`);
  if (has("PASSWORD", "PASSWORD_FILE").length === 2) {
    problems.push("HOLDFAST_NATS_PASSWORD, HOLDFAST_NATS_PASSWORD_FILE: both are set; set only one of them");
  }
  if (has("PASSWORD", "PASSWORD_FILE").length > 0 && has("USER").length === 0) {
    problems.push("HOLDFAST_NATS_USER: missing beside the password; set it");
  }
  if (has("TLS_CERT", "TLS_KEY").length === 1) {
    problems.push("HOLDFAST_NATS_TLS_CERT, HOLDFAST_NATS_TLS_KEY: one without the other; set both or neither");
  }
  return problems;
}

const mayHoldSecret = (name: string) => /PASSWORD|TOKEN|SECRET|KEY|SEED|CREDENTIALS/.test(name);

function describeIssue(issue: z.core.$ZodIssue, given: Given): string {
  const name = String(issue.path[0] ?? "configuration");
  const value = given[name];
  if (value === undefined) return `${name}: not set; set ${name} or ${flagName(name)}`;
  // Our own messages say what needs to be seen; a URL, for one, may hold a password.
  const shown = mayHoldSecret(name) || issue.code === "custom" ? "" : ` (it is ${JSON.stringify(value)})`;
  return `${name}: ${issue.message.replace(/^Invalid input: /, "")}${shown}; change ${name} or ${flagName(name)}`;
}

/** The configuration from flags and environment; throws `ConfigError` with every problem found. */
export function loadConfig<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  env: NodeJS.ProcessEnv,
  argv: readonly string[] = [],
): z.output<z.ZodObject<S>> {
  const problems: string[] = [];
  const names = Object.keys(schema.shape);
  const given: Given = {};
  for (const name of names) if (env[name] !== undefined) given[name] = env[name];
  Object.assign(given, readFlags(names, argv, problems));
  // An empty setting is an unset one: compose files and shells pass those along.
  for (const name of names) if (given[name] === "") delete given[name];
  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) problems.push(describeIssue(issue, given));
  problems.push(...contradictions(given));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return parsed.data;
}

/** What `--help` prints: every setting, its default and what it does. */
export function describeConfig(name: string, schema: z.ZodObject): string {
  const lines = Object.entries(schema.shape).map(([variable, setting]) => {
    const fallback =
      setting instanceof z.ZodDefault || setting instanceof z.ZodPrefault
        ? ` [${String(setting.def.defaultValue)}]`
        : "";
    return `  ${flagName(variable)}, ${variable}${fallback}\n      ${z.globalRegistry.get(setting)?.description ?? ""}`;
  });
  return `${name}: a process of the Holdfast mesh\n\nOptions, or variables of the environment [default]:\n${lines.join("\n")}\n`;
}

/** The text of a file that a variable names, without the line end; throws `ConfigError` naming the variable. */
export function readSetting(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError([`${variable}: cannot read ${file}: ${words(error)}`]);
  }
}
