/** Tables of text: for the terminal and, with bars, for a page. */
import type { Measurement } from "../measure/measure-row.ts";
import { countedTrips, type Judged, type Ratio, type Verdict } from "./budgets.ts";

export type Column<T> = { readonly title: string; readonly width: number; readonly cell: (value: T) => string };

const number = (value: number | undefined, digits: number) => (value === undefined ? "-" : value.toFixed(digits));
const percent = (value: number) => `${(value * 100).toFixed(0)} %`;
/** By throughput, and by CPU. */
const shares = (ratio: Ratio | undefined) => (ratio ? `${percent(ratio.throughput)}; ${percent(ratio.cpu)}` : "-");
const column = <T>(title: string, width: number, cell: (value: T) => string): Column<T> => ({ title, width, cell });

export const errorsOf = ({ errors }: Measurement): number =>
  Object.values(errors).reduce((sum, count) => sum + count, 0);

const measured: Column<Measurement>[] = [
  column("row", 41, ({ row }) => row),
  column("c", 3, ({ concurrency }) => String(concurrency)),
  column("ops/s", 8, ({ operations, seconds }) => number(operations / seconds, operations / seconds < 10 ? 2 : 0)),
  column("MiB/s", 7, ({ bytes, seconds }) => number(bytes / seconds / 1024 ** 2, 1)),
  column("p50 ms", 8, ({ p50 }) => number(p50, 2)),
  column("p99", 8, ({ p99 }) => number(p99, 2)),
  column("p99.9", 8, ({ p999 }) => number(p999, 2)),
  column("errors", 6, (measurement) => String(errorsOf(measurement))),
  column("cpu ms", 8, ({ cpuMs }) => number(cpuMs, 3)),
  column("client", 7, ({ clientCpuMs }) => number(clientCpuMs, 3)),
];

/** A row of S3. */
export const rowColumns: readonly Column<Judged>[] = [
  ...measured.map(({ title, width, cell }) => column<Judged>(title, width, ({ measurement }) => cell(measurement))),
  column("trips", 6, ({ measurement }) => number(countedTrips(measurement), 2)),
  column("waited", 6, ({ waitedTrips }) => number(waitedTrips, 0)),
  column("edge MiB", 8, ({ measurement }) => number(measurement.processes["s3-edge"]?.peakRssMiB, 0)),
  column("of nats", 11, ({ ratios }) => shares(ratios.nats)),
  column("of http", 11, ({ ratios }) => shares(ratios.http)),
];

/** A floor: bare calls, whose client is part of the work. */
export const floorColumns: readonly Column<Measurement>[] = measured;

export const verdictColumns: readonly Column<Verdict>[] = [
  column("budget of", 41, ({ row }) => row),
  column("c", 3, ({ concurrency }) => String(concurrency)),
  column("what", 32, ({ what }) => what),
  column("budget", 8, ({ budget }) => String(budget)),
  column("measured", 9, ({ measured }) => String(Number(measured.toPrecision(3)))),
  column("", 6, ({ passed }) => (passed ? "passed" : "MISSED")),
  column("reference", 0, ({ reference = "" }) => reference),
];

const line = (cells: readonly string[], widths: readonly number[]) =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" ");

/** For a terminal, line by line as rows are measured. */
export const head = <T>(columns: readonly Column<T>[]): string =>
  line(
    columns.map(({ title }) => title),
    columns.map(({ width }) => width),
  );
export const tableLine = <T>(columns: readonly Column<T>[], value: T): string =>
  line(
    columns.map(({ cell }) => cell(value)),
    columns.map(({ width }) => width),
  );

/** Per row: CPU milliseconds per operation and peak memory in MiB of each process. */
export function memoryTable(measurements: readonly Measurement[]): string {
  const names = [...new Set(measurements.flatMap(({ processes }) => Object.keys(processes)))];
  const ofProcess = (name: string) =>
    column<Measurement>(`${name}: ms; MiB`, 0, ({ processes }) => {
      const use = processes[name];
      return use === undefined ? "-" : `${use.cpuMsPerOperation.toFixed(3)}; ${use.peakRssMiB.toFixed(0)}`;
    });
  return markdown([...measured.slice(0, 2), ...names.map(ofProcess)], measurements);
}

/** For a page, in Markdown. */
export function markdown<T>(columns: readonly Column<T>[], values: readonly T[]): string {
  const lines = [
    columns.map(({ title }) => title),
    columns.map((_, i) => (i === 0 ? "---" : "--:")),
    ...values.map((value) => columns.map(({ cell }) => cell(value))),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
