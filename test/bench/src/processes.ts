/** CPU and memory of the measured processes, from /proc (Linux), and round trips from their metrics. */
import { readFile } from "node:fs/promises";

export type Measured = { name: string; pid: number; admin?: string };
export type Reading = { cpuMs: number; peakRssMiB: number };

const ticksPerSecond = 100;

/** CPU time used so far (milliseconds, user and system) and the peak resident memory of one process. */
export async function readProcess(pid: number): Promise<Reading> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The second field is the name in parentheses and may hold blanks: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  return { cpuMs: (ticks * 1_000) / ticksPerSecond, peakRssMiB: peakKiB / 1024 };
}

/** The sum of a process's NATS round trips so far, all operations together. */
export async function readRoundTrips(admin: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return [...text.matchAll(/^holdfast_nats_round_trips_total(?:\{[^}]*\})? (\S+)$/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
}

export type Totals = { cpuMs: number; roundTrips: number; peakRssMiB: Record<string, number> };

export async function readAll(processes: readonly Measured[]): Promise<Totals> {
  const totals: Totals = { cpuMs: 0, roundTrips: 0, peakRssMiB: {} };
  for (const { name, pid, admin } of processes) {
    const reading = await readProcess(pid);
    totals.cpuMs += reading.cpuMs;
    totals.peakRssMiB[name] = Math.max(totals.peakRssMiB[name] ?? 0, Math.round(reading.peakRssMiB));
    if (admin) totals.roundTrips += await readRoundTrips(admin);
  }
  return totals;
}
