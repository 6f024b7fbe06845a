/** What `--short` prints. */
import { shortProblems, type ShortRow } from "../short.ts";
import { type Column, head, tableLine } from "./table.ts";

const columns: readonly Column<ShortRow>[] = [
  { title: "row", width: 41, cell: ({ row }) => row },
  { title: "trips", width: 6, cell: ({ countedTrips }) => countedTrips.toFixed(2) },
  { title: "waited", width: 6, cell: ({ waitedTrips }) => String(waitedTrips ?? "-") },
  { title: "errors", width: 6, cell: ({ errors }) => String(Object.values(errors).reduce((sum, n) => sum + n, 0)) },
];

/** Gives the exit code: 1 when something is over its budget. */
export function printShort(rows: readonly ShortRow[], asJson: boolean): number {
  const problems = rows.flatMap(shortProblems);
  if (asJson) console.log(JSON.stringify({ rows, problems }, undefined, 2));
  else {
    console.log(head(columns));
    for (const row of rows) console.log(tableLine(columns, row));
  }
  for (const problem of problems) console.error(problem);
  return problems.length > 0 ? 1 : 0;
}
