/** CPU and memory of processes, from /proc (Linux; https://man7.org/linux/man-pages/man5/proc.5.html). */
import { readFile, writeFile } from "node:fs/promises";

/** A process that works for the operations measured. `admin` is the address of its metrics. */
export type Measured = { readonly name: string; readonly pid: number; readonly admin?: string };
/** CPU is user and system time so far, milliseconds, in steps of 10; memory in MiB. */
export type Reading = { readonly cpuMs: number; readonly rssMiB: number; readonly peakRssMiB: number };

const msPerTick = 10;

/** A process with its children: the workers of an edge that is several processes are the edge. Peaks are added up, as if at one time. */
export async function readProcess(pid: number): Promise<Reading> {
  const readings = await Promise.all((await familyOf(pid)).map(readOne));
  const sum = (figure: keyof Reading) => readings.reduce((total, reading) => total + reading[figure], 0);
  return { cpuMs: sum("cpuMs"), rssMiB: sum("rssMiB"), peakRssMiB: sum("peakRssMiB") };
}

async function familyOf(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim();
  const families = await Promise.all(children.split(" ").filter(Boolean).map(Number).map(familyOf));
  return [pid, ...families.flat()];
}

async function readOne(pid: number): Promise<Reading> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  return { cpuMs: parseCpuMs(stat), rssMiB: parseMiB(status, "VmRSS"), peakRssMiB: parseMiB(status, "VmHWM") };
}

/** From `/proc/<pid>/stat`. The second field is the name in parentheses and may hold blanks: fields count from behind it. */
export function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** A size in `/proc/<pid>/status`. */
export function parseMiB(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024;
}

/** Forgets the peak of a process's memory, and of its children's, so that the next one read is the row's own. */
export async function forgetPeak(pid: number): Promise<void> {
  await Promise.all((await familyOf(pid)).map((each) => writeFile(`/proc/${each}/clear_refs`, "5")));
}
