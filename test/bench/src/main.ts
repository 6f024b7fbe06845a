/** `npm run bench`: reads the options and does what they say. Exit codes: 0 done, 1 something failed or a row had errors, 2 called wrongly. */
import { help, type Options, readOptions, UsageError } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import { printingListener, printJson, printVerdicts, silentListener } from "./report/terminal.ts";
import { errorsOf } from "./report/table.ts";
import { s3Rows } from "./rows/catalogue.ts";
import { runAll } from "./run.ts";
import { givenServer, startOwnMesh } from "./server/server.ts";

/** Gives the exit code. */
async function fullRun(options: Options): Promise<number> {
  await using server =
    options.endpoint === undefined ? await startOwnMesh() : givenServer(options.endpoint, process.env);
  const result = await runAll(server, options, new Map(), options.json ? silentListener : printingListener());
  if (options.json) printJson(result, await describeMachine());
  else printVerdicts(result);
  return result.rows.some(({ measurement }) => errorsOf(measurement) > 0) ? 1 : 0;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  switch (options.mode) {
    case "help":
      console.log(help);
      return 0;
    case "list":
      for (const { name } of s3Rows) console.log(name);
      return 0;
    case "run":
      return fullRun(options);
    default:
      throw new UsageError(`--${options.mode}: not built yet`);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(
    `holdfast: ${error instanceof Error ? error.message : String(error)}${isUsage ? "\n(--help shows every option)" : ""}`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
