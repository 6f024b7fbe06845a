/**
 * Holds this worker to a share of a CPU, as a container's quota does: what was used above it is paid by standing still. A component that
 * does not yield is not interrupted (V8 has no fuel); it pays afterwards, or the watchdog ends it.
 */
import type { LogEntry } from "../bindings.ts";
import { CpuBudget } from "./cpu-budget.ts";

/** How often to look, as Linux does for containers. Milliseconds. */
const everyMs = 100;
/** At most one line of the log in so long. Milliseconds. */
const tellEveryMs = 60_000;

export type CpuLimitOptions = {
  /** Thousandths of a CPU. */
  readonly millicores: number;
  /** Called before the thread stands still: what is ready to be sent has to go first. */
  readonly beforePause: () => void;
  readonly log: (entry: LogEntry) => void;
};

/** Begins now; what the worker has used so far is forgiven. */
export function limitCpu({ millicores, beforePause, log }: CpuLimitOptions): void {
  const budget = new CpuBudget(millicores, cpuMs(), performance.now());
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  let pausedMs = 0;
  let toldAt = -tellEveryMs;
  const look = () => {
    const owedMs = budget.owedMs(cpuMs(), performance.now());
    if (owedMs === 0) return;
    pausedMs += owedMs;
    if (performance.now() - toldAt >= tellEveryMs) {
      toldAt = performance.now();
      log({ level: "warn", context: "host", message: pausedText(millicores, pausedMs) });
      pausedMs = 0;
    }
    beforePause();
    Atomics.wait(nobody, 0, 0, owedMs);
  };
  setInterval(look, everyMs).unref();
}

const pausedText = (millicores: number, pausedMs: number) =>
  `used more than its cpuLimit of ${millicores} thousandths of a CPU; paused for ${(pausedMs / 1_000).toFixed(2)} s`;

/** What this thread has used, milliseconds. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
