/** What a run prints while it goes on: the tables line by line, or, for machines, nothing but JSON at the end. */
import type { Listener, RunResult } from "../run.ts";
import { judge } from "./budgets.ts";
import type { Machine } from "./machine.ts";
import { errorsOf, floorColumns, head, rowColumns, tableLine, verdictColumns } from "./table.ts";

/** Prints each row as it is measured. Floors come indented, under the first row that is compared to them. */
export function printingListener(): Listener {
  console.log(head(rowColumns));
  return {
    measured(judged) {
      console.log(tableLine(rowColumns, judged));
      const { errors, problem, row } = judged.measurement;
      if (errorsOf(judged.measurement) > 0) console.error(`  ${row}: ${JSON.stringify(errors)}, the first: ${problem}`);
    },
    floor: (measurement) => console.log(tableLine(floorColumns, { ...measurement, row: `  ${measurement.row}` })),
    leftOut: ({ row, reason }) => console.log(`${row}: left out: ${reason}`),
  };
}

export const silentListener: Listener = { measured() {}, floor() {}, leftOut() {} };

/** The budgets beside what was measured. */
export function printVerdicts({ rows }: RunResult): void {
  const verdicts = judge(rows);
  if (verdicts.length === 0) return;
  console.log(`\n${head(verdictColumns)}`);
  for (const verdict of verdicts) console.log(tableLine(verdictColumns, verdict).trimEnd());
}

/** Everything as one JSON value. */
export function printJson(result: RunResult, machine: Machine): void {
  console.log(JSON.stringify({ machine, ...result, verdicts: judge(result.rows) }, undefined, 2));
}
