/** One row at one concurrency: warm-up, then the load between two readings of all processes. */
import type { LoadResult } from "../load/load.ts";
import type { RemoteLoad } from "../load/remote-load.ts";
import type { Row } from "../rows/row.ts";
import { forgetPeak, type Measured, readProcess } from "./processes.ts";
import { added, readRoundTrips, type RoundTrips } from "./round-trips.ts";

export type ProcessUse = {
  readonly cpuMsPerOperation: number;
  readonly peakRssMiB: number;
  /** Peak above what it had when the row began. */
  readonly grewMiB: number;
};

export type Measurement = Omit<LoadResult, "next"> & {
  readonly row: string;
  readonly concurrency: number;
  /** The benchmark client's own CPU per operation, milliseconds. */
  readonly clientCpuMs: number;
  /** CPU per operation of all measured processes together, milliseconds; absent for a server of others. */
  readonly cpuMs?: number;
  readonly processes: Readonly<Record<string, ProcessUse>>;
  /** Per operation, all processes together, by name; absent for a server without our metrics. */
  readonly roundTrips?: RoundTrips;
};

export type RowSettings = { readonly concurrency: number; readonly seconds: number; readonly warmUpSeconds: number };

/** The row must be prepared. Operations that fail count as errors; rejects only when measuring itself fails. */
export async function measureRow(
  load: RemoteLoad,
  { name, isCut = false }: Row,
  processes: readonly Measured[],
  { concurrency, seconds, warmUpSeconds }: RowSettings,
): Promise<Measurement> {
  if (warmUpSeconds > 0 && !isCut) await load.run({ concurrency, seconds: warmUpSeconds, share: 0.2 });
  await Promise.all(processes.map(({ pid }) => forgetPeak(pid)));
  const tripsBefore = await readRoundTrips(processes);
  const before = await Promise.all(processes.map(({ pid }) => readProcess(pid)));
  const { next: _, clientCpuMs, ...result } = await load.run({ concurrency, seconds, share: 1 });
  const after = await Promise.all(processes.map(({ pid }) => readProcess(pid)));
  const tripsAfter = await readRoundTrips(processes);
  // what is cut off is measured by the MiB it moved
  const operations = Math.max(1, isCut ? result.bytes / 1024 ** 2 : result.operations);
  const uses = processes.map((process, i): readonly [string, ProcessUse] => {
    const [from, to] = [before[i], after[i]];
    if (from === undefined || to === undefined) throw new Error(`${process.name} was not read`);
    const cpuMsPerOperation = (to.cpuMs - from.cpuMs) / operations;
    const grewMiB = Math.max(0, to.peakRssMiB - from.rssMiB);
    return [process.name, { cpuMsPerOperation, peakRssMiB: to.peakRssMiB, grewMiB }];
  });
  return {
    row: name,
    concurrency,
    ...result,
    clientCpuMs: clientCpuMs / operations,
    processes: Object.fromEntries(uses),
    ...(processes.length > 0 && {
      cpuMs: uses.reduce((sum, [, { cpuMsPerOperation }]) => sum + cpuMsPerOperation, 0),
      roundTrips: added(tripsBefore, tripsAfter, operations),
    }),
  };
}
