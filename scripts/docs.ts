/**
 * Writes the reference pages that follow from the code: docs/reference/contracts.md (what each service answers),
 * docs/reference/configuration.md (every environment variable) and docs/reference/commands.md (the `holdfast` command). `--check`: writes nothing, fails when a page would change.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { auth, hostAgent, multipart, objectMetadata, s3Edge, scheduler } from "@holdfast/contracts";
import type { EndpointContract, ServiceContract } from "@holdfast/micro";
import { commonConfig } from "@holdfast/runtime";
import { z } from "zod";
import { sections } from "../cli/src/commands/index.ts";
import { commandsPage } from "../cli/src/reference.ts";
import { AuthConfig } from "../services/auth/src/config.ts";
import { HostAgentConfig } from "../services/host-agent/src/config.ts";
import { MultipartConfig } from "../services/multipart/src/config.ts";
import { ObjectMetadataConfig } from "../services/object-metadata/src/config.ts";
import { SchedulerConfig } from "../services/scheduler/src/config.ts";
import { config as edgeConfig } from "../services/s3-edge/src/config.ts";

const folder = fileURLToPath(new URL("../docs/reference/", import.meta.url));
const note = "<!-- Written by `npm run docs`: change the code, not this page. -->";

const code = (text: string) => `\`${text}\``;
/** A cell of a table: one line, no bars. */
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function variableRow(name: string, schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const { default: fallback, description = "" } = json;
  const values = Array.isArray(json.enum) ? ` (${json.enum.join(", ")})` : "";
  const flag = name.startsWith("HOLDFAST_") ? code(`--${name.slice(9).toLowerCase().replaceAll("_", "-")}`) : "";
  const shown = fallback === undefined ? "" : code(typeof fallback === "string" ? fallback : JSON.stringify(fallback));
  return `| ${code(name)} | ${flag} | ${shown} | ${cell(description + values)} |`;
}

function variableTable(schema: z.ZodObject): string {
  const common = new Set(Object.keys(commonConfig.shape));
  const rows = Object.entries(schema.shape)
    .filter(([name]) => schema === commonConfig || !common.has(name))
    .map(([name, each]) => variableRow(name, each as z.ZodType));
  return ["| variable | flag | default | what it says |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function configurationPage(): string {
  const services: [string, z.ZodObject][] = [
    ["s3-edge", edgeConfig],
    ["auth", AuthConfig],
    ["object-metadata", ObjectMetadataConfig],
    ["multipart", MultipartConfig],
    ["host-agent", HostAgentConfig],
    ["scheduler", SchedulerConfig],
  ];
  return [
    "# Configuration",
    note,
    "Every process reads its environment; a flag wins over its variable (`node services/s3-edge/src/main.ts --s3-port 9001`). A configuration that cannot " +
      "be used is reported whole, with the names of the variables, and the process exits with 2. `npm start` passes the environment on to all services.",
    "## Every service",
    variableTable(commonConfig),
    ...services.flatMap(([name, schema]) => [`## ${name}`, variableTable(schema)]),
    "",
  ].join("\n\n");
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A schema as one would say it: `string`, `integer`, `{ key: string, value?: string }[]`. */
function typeOf(schema: JsonSchema | boolean | undefined): string {
  if (typeof schema !== "object") return "any";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((choice) => typeOf(choice)).join(" or ");
  if (schema.type === "array") return `${typeOf(schema.items as JsonSchema)}[]`;
  if (schema.type !== "object") return String(schema.type ?? "any");
  if (!schema.properties) return `{ [name]: ${typeOf(schema.additionalProperties)} }`;
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties).map(
    ([name, each]) => `${name}${required.has(name) ? "" : "?"}: ${typeOf(each)}`,
  );
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

const shape = (schema: z.ZodType, io: "input" | "output") =>
  typeOf(z.toJSONSchema(schema, { io, unrepresentable: "any" }));

function endpointSection(contract: ServiceContract, name: string, endpoint: EndpointContract): string {
  const { summary, input, output, errors, idempotent, rawBody, timeoutMs } = endpoint;
  const errorList = Object.entries(errors).map(
    ([each, { status, retryable }]) => `${code(each)} (${status}${retryable ? ", may be tried again" : ""})`,
  );
  const facts = [
    code(`${contract.subject}.${name}`),
    idempotent ? "idempotent: retried on another instance" : "not idempotent: never sent twice",
    rawBody === "none" ? "" : `raw bytes: ${rawBody}`,
    `waits ${timeoutMs / 1_000} s`,
  ].filter(Boolean);
  return [
    `### ${name}`,
    `${summary}.`,
    `- ${facts.join("; ")}`,
    `- in: ${code(shape(input, "input"))}`,
    `- out: ${code(shape(output, "output"))}`,
    ...(errorList.length > 0 ? [`- errors: ${errorList.join(", ")}`] : []),
  ].join("\n");
}

function contractsPage(): string {
  const contracts: ServiceContract[] = [auth, objectMetadata, multipart, s3Edge, hostAgent, scheduler];
  return [
    "# Contracts",
    note,
    "What each service answers over NATS micro; `nats micro info <service>` shows the same with JSON Schemas. Every call can also meet `InvalidInput` (400), " +
      "`InternalError` (500), `RequestTimeout` (504), `ServiceUnavailable` (503) and `SlowDown` (503).",
    ...contracts.flatMap((contract) => [
      `## ${contract.name} ${contract.version}`,
      `${contract.description}.`,
      ...Object.entries(contract.endpoints).map(([name, endpoint]) => endpointSection(contract, name, endpoint)),
    ]),
    "",
  ].join("\n\n");
}

const check = process.argv.includes("--check");
const pages = {
  "commands.md": `${commandsPage(sections, note)}\n`,
  "configuration.md": configurationPage(),
  "contracts.md": contractsPage(),
};
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(pages)) {
  const path = `${folder}${name}`;
  const current = await readFile(path, "utf8").catch(() => "");
  if (current === text) continue;
  if (!check) await writeFile(path, text);
  else {
    console.error(`holdfast: docs/reference/${name} is out of date: run npm run docs`);
    process.exitCode = 1;
  }
}
