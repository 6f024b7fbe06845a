/** CPU of all processes while something is done, and their memory. */
import { type Measured, readProcess } from "@holdfast/test-bench";

export type Use<T> = {
  readonly result: T;
  readonly seconds: number;
  /** CPU milliseconds by process, and of this process that makes the load. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Of all measured processes; not of this one. */
  readonly totalCpuMs: number;
  readonly clientCpuMs: number;
};

/** The processes must live through it. */
export async function measureUse<T>(processes: readonly Measured[], work: () => Promise<T>): Promise<Use<T>> {
  const before = await cpuOf(processes);
  const own = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(own);
  const after = await cpuOf(processes);
  const cpuMs = Object.fromEntries(processes.map(({ name }, i) => [name, (after[i] ?? 0) - (before[i] ?? 0)]));
  const totalCpuMs = Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
  return { result, seconds, cpuMs, totalCpuMs, clientCpuMs: (user + system) / 1_000 };
}

const cpuOf = (processes: readonly Measured[]) =>
  Promise.all(processes.map(async ({ pid }) => (await readProcess(pid)).cpuMs));

export type Memory = Readonly<Record<string, { readonly rssMiB: number; readonly peakRssMiB: number }>>;

export async function memoryOf(processes: readonly Measured[]): Promise<Memory> {
  return Object.fromEntries(
    await Promise.all(processes.map(async ({ name, pid }) => [name, await readProcess(pid)] as const)),
  );
}
