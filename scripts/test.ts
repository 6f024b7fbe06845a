/**
 * `npm test [-- FILTER...]`: runs the whole suite with vitest, lists what was skipped and why, and closes with the plain line
 * `N passed, N failed` from vitest's own JSON report.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCLI, type Reporter, startVitest, type TestCase, type TestModule } from "vitest/node";
import { closingLine, countTests } from "./test-report.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const reportFile = join(root, ".cache", "test-report.json");

type Skipped = { name: string; reason: string };

/** Remembers what was skipped: the JSON report does not say why. */
function skippedReporter(skipped: Skipped[]): Reporter {
  return {
    onTestRunEnd(modules) {
      for (const test of allTests(modules)) {
        const result = test.result();
        if (result.state !== "skipped") continue;
        const mode = test.options.mode === "todo" ? "not written yet" : "no reason given";
        skipped.push({ name: `${test.module.relativeModuleId} > ${test.fullName}`, reason: result.note ?? mode });
      }
    },
  };
}

function* allTests(modules: readonly TestModule[]): Generator<TestCase> {
  for (const module of modules) yield* module.children.allTests();
}

async function runTests(args: readonly string[]): Promise<string> {
  await mkdir(join(root, ".cache"), { recursive: true });
  await rm(reportFile, { force: true });
  const skipped: Skipped[] = [];
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  const vitest = await startVitest(filter, {
    ...options,
    root,
    watch: false,
    // the first filter that matches nothing is a mistake, not a success
    passWithNoTests: false,
    reporters: ["default", ["json", { outputFile: reportFile }], skippedReporter(skipped)],
  });
  await vitest.close();
  if (skipped.length > 0) {
    console.log(`\nSkipped:\n${skipped.map(({ name, reason }) => `  ${name}: ${reason}`).join("\n")}\n`);
  }
  return readFile(reportFile, "utf8");
}

try {
  const counts = countTests(await runTests(process.argv.slice(2)));
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  console.log(closingLine(counts));
} catch (error) {
  console.error(error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
