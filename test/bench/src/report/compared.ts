/** What `--compare` prints. */
import { type Compared, type Ratio, ratiosOf } from "../compare.ts";
import { type Column, errorsOf, head, tableLine } from "./table.ts";

const shown = ({ pairs, median }: Ratio): string =>
  Number.isNaN(median) ? "-" : `${pairs.map((value) => value.toFixed(2)).join(" ")} -> ${median.toFixed(2)}`;

const columns: readonly Column<Compared>[] = [
  { title: "row", width: 41, cell: ({ row }) => row },
  { title: "c", width: 3, cell: ({ concurrency }) => String(concurrency) },
  { title: "cpu ratios -> median", width: 32, cell: (compared) => shown(ratiosOf(compared).cpu) },
  { title: "throughput ratios -> median", width: 32, cell: (compared) => shown(ratiosOf(compared).throughput) },
  { title: "trips", width: 6, cell: (compared) => ratiosOf(compared).trips.median.toFixed(2) },
  { title: "errors", width: 6, cell: ({ pairs }) => String(pairs.flat().reduce((sum, one) => sum + errorsOf(one), 0)) },
];

/** One row; this tree's figures as multiples of the other's. */
export function printCompared(compared: Compared, isFirst: boolean): void {
  if (isFirst)
    console.log(`this tree as a multiple of the other: less CPU and more throughput are better\n${head(columns)}`);
  console.log(tableLine(columns, compared));
}

export function printComparedJson(commit: string, rows: readonly Compared[]): void {
  const compared = rows.map((row) => ({ ...row, ratios: ratiosOf(row) }));
  console.log(JSON.stringify({ comparedWith: commit, rows: compared }, undefined, 2));
}
