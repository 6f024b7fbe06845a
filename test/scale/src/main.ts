/** `npm run scale`: runs the sections that were asked for, prints their tables, writes them into a page. */
import { describeMachine } from "@holdfast/test-bench";
import { help, type Options, readOptions, UsageError } from "./options.ts";
import { natsServerVersion } from "./mesh/scene.ts";
import { writePage } from "./report/page.ts";
import type { SectionName, SectionResult } from "./report/result.ts";
import { sectionText } from "./report/table.ts";
import { beginRun, type Run } from "./run.ts";
import { bucketsSection } from "./sections/buckets.ts";
import { bytesSection } from "./sections/bytes.ts";
import { clusterSection } from "./sections/cluster.ts";
import { objectsSection } from "./sections/objects.ts";
import { sharedSection } from "./sections/shared.ts";

const sections: Record<SectionName, (run: Run) => Promise<SectionResult>> = {
  objects: objectsSection,
  buckets: bucketsSection,
  bytes: bytesSection,
  shared: sharedSection,
  cluster: clusterSection,
};

/** Gives the exit code. */
async function runSections(options: Options, args: readonly string[]): Promise<number> {
  await using run = await beginRun(options);
  endOnSignal(run);
  const circumstances = {
    machine: await describeMachine(),
    natsVersion: await natsServerVersion(),
    command: ["npm run scale --", ...args].join(" "),
  };
  const results: SectionResult[] = [];
  for (const name of options.only) {
    const result = await sections[name](run);
    results.push(result);
    if (!options.json) console.log(`\n## ${name}\n\n${sectionText(result)}`);
    // at once: a later section that fails takes nothing with it
    if (options.write !== undefined) await writePage(options.write, [result], circumstances);
  }
  if (options.json) console.log(JSON.stringify({ ...circumstances, results }, undefined, 2));
  return results.every(({ checks }) => checks.every(({ holds }) => holds)) ? 0 : 1;
}

/** Ctrl-C: everything stops in order and goes. A second one leaves at once; processes that run still get their SIGTERM. */
function endOnSignal(run: AsyncDisposable): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) process.exit(130);
    isEnding = true;
    console.error("\nending: stopping the mesh, removing its data");
    void run[Symbol.asyncDispose]().then(() => process.exit(130));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options.help) return runSections(options, args);
  console.log(help);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? `holdfast: ${error.message}\n(--help shows every option)` : error);
  process.exitCode = isUsage ? 2 : 1;
}
