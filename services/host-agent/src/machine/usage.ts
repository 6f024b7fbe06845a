/** CPU and memory of the machine, from /proc where there is one (Linux), else from Node. */
import { readFile } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";

/** Ticks of all CPUs since the machine started. */
export type CpuTimes = { readonly idle: number; readonly total: number };
export type Memory = { readonly total: number; readonly free: number };

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice; guests are in user already. */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  if (line === undefined) return undefined;
  const ticks = line.split(" ").slice(0, 8).map(Number);
  const [, , , idle = 0, iowait = 0] = ticks;
  return { idle: idle + iowait, total: ticks.reduce((sum, each) => sum + each, 0) };
}

/** Bytes. `free` is what can be had without swapping, which is more than what lies unused. */
export function parseMemory(meminfo: string): Memory | undefined {
  const kilobytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(meminfo)?.[1]);
  const total = kilobytes("MemTotal") * 1024;
  const free = kilobytes("MemAvailable") * 1024;
  return Number.isFinite(total) && Number.isFinite(free) ? { total, free } : undefined;
}

/** Percent of all CPUs that was busy between two readings; 0 when no time passed. */
export function cpuPercent(before: CpuTimes, after: CpuTimes): number {
  const total = after.total - before.total;
  if (total <= 0) return 0;
  const busy = total - (after.idle - before.idle);
  return Math.round((Math.min(Math.max(busy / total, 0), 1) * 100 + Number.EPSILON) * 10) / 10;
}

function nodesCpuTimes(): CpuTimes {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

/** Undefined where there is no such file. */
async function readProc(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

export type MachineUsage = {
  /** CPU in percent since the last call, memory in bytes now. */
  read(): Promise<{ cpuPercent: number; memory: Memory }>;
};

/** Readings of this machine. The first CPU figure is that since the machine started. */
export function machineUsage(): MachineUsage {
  let before: CpuTimes = { idle: 0, total: 0 };
  return {
    async read() {
      const [stat, meminfo] = await Promise.all([readProc("/proc/stat"), readProc("/proc/meminfo")]);
      const after = parseCpuTimes(stat) ?? nodesCpuTimes();
      const percent = cpuPercent(before, after);
      before = after;
      return { cpuPercent: percent, memory: parseMemory(meminfo) ?? { total: totalmem(), free: freemem() } };
    },
  };
}
