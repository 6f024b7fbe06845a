/** One line per row and concurrency. */
import type { Result } from "./load.ts";

export type Measurement = Result & {
  row: string;
  concurrency: number;
  /** The benchmark client's own CPU per operation, milliseconds. */
  clientCpuMs: number;
  /** CPU per operation of all measured processes together, milliseconds; absent for a remote endpoint. */
  cpuMs?: number;
  /** NATS round trips per operation, all processes together; absent for a server without our metrics. */
  roundTrips?: number;
};

type Column = [title: string, width: number, cell: (m: Measurement) => string];

const optional = (value: number | undefined, digits: number) => (value === undefined ? "-" : value.toFixed(digits));
const columns: Column[] = [
  ["row", 22, (m) => m.row],
  ["c", 4, (m) => String(m.concurrency)],
  ["ops/s", 9, (m) => (m.operations / m.seconds).toFixed(0)],
  ["MiB/s", 8, (m) => (m.bytes / m.seconds / 1024 ** 2).toFixed(1)],
  ["p50 ms", 8, (m) => m.p50.toFixed(2)],
  ["p99 ms", 8, (m) => m.p99.toFixed(2)],
  ["p99.9", 8, (m) => m.p999.toFixed(2)],
  ["errors", 7, (m) => String(m.errors)],
  ["cpu/op", 8, (m) => optional(m.cpuMs, 3)],
  ["trips/op", 9, (m) => optional(m.roundTrips, 2)],
  ["client", 8, (m) => m.clientCpuMs.toFixed(3)],
];

const line = (cells: string[]) =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(columns[i]?.[1] ?? 0) : cell.padStart(columns[i]?.[1] ?? 0))).join(" ");

export const tableHead = () => line(columns.map(([title]) => title));
export const tableRow = (measurement: Measurement) => line(columns.map(([, , cell]) => cell(measurement)));
