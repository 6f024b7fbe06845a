/** `npm run bench`: reads the options and does what they say. Exit codes: 0 done, 1 something failed or a row had errors, 2 called wrongly. */
import { mkdir } from "node:fs/promises";
import { compareWith } from "./compare.ts";
import { printProfiles, profilingEnv } from "./measure/profile.ts";
import { help, type Options, readOptions, UsageError } from "./options.ts";
import { printCompared, printComparedJson } from "./report/compared.ts";
import { describeMachine } from "./report/machine.ts";
import { tablesOf, writePage } from "./report/page.ts";
import { printShort } from "./report/short.ts";
import { errorsOf } from "./report/table.ts";
import { printingListener, printJson, printVerdicts, silentListener } from "./report/terminal.ts";
import { s3Rows } from "./rows/catalogue.ts";
import { type RunResult, runAll } from "./run.ts";
import { tidyUpOnSignals } from "./server/interrupt.ts";
import { givenServer, startOwnMesh } from "./server/server.ts";
import { runShort, tracedRows } from "./short.ts";

/** Gives the exit code. */
async function fullRun(options: Options): Promise<number> {
  const { endpoint, json, profile, write, plan, settings } = options;
  const machine = await describeMachine();
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  const server =
    endpoint === undefined
      ? await startOwnMesh({ ...settings, ...(profile !== undefined && profilingEnv(profile)) })
      : givenServer(endpoint, process.env);
  let result: RunResult;
  try {
    const names = plan.map(({ row }) => row.name).filter((name) => tracedRows.includes(name));
    const waited = endpoint === undefined && names.length > 0 ? await runShort(names) : [];
    const listener = json ? silentListener : printingListener();
    result = await runAll(server, options, new Map(waited.map((row) => [row.row, row.waitedTrips])), listener);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  if (json) printJson(result, machine);
  else printVerdicts(result);
  if (write !== undefined) await writePage(write, tablesOf(result, machine, commandLine()));
  if (profile !== undefined) await printProfiles(profile, server.processes);
  return result.rows.some(({ measurement }) => errorsOf(measurement) > 0) ? 1 : 0;
}

const commandLine = () =>
  ["npm run bench", ...(process.argv.length > 2 ? ["--"] : []), ...process.argv.slice(2)].join(" ");

async function comparison(revision: string, options: Options): Promise<number> {
  const rows: Parameters<typeof printCompared>[0][] = [];
  const commit = await compareWith(revision, options, (compared) => {
    rows.push(compared);
    if (!options.json) printCompared(compared, rows.length === 1);
  });
  if (options.json) printComparedJson(commit, rows);
  return rows.some(({ pairs }) => pairs.flat().some((measurement) => errorsOf(measurement) > 0)) ? 1 : 0;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.mode === "help") console.log(help);
  else if (options.mode === "list") for (const { name } of s3Rows) console.log(name);
  else if (options.mode === "short") return printShort(await runShort(), options.json);
  else if (options.compare !== undefined) return comparison(options.compare, options);
  else return fullRun(options);
  return 0;
}

tidyUpOnSignals();
try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  const hint = isUsage ? "\n(--help shows every option)" : "";
  console.error(`holdfast: ${error instanceof Error ? error.message : String(error)}${hint}`);
  process.exitCode = isUsage ? 2 : 1;
}
