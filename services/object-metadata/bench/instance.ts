/** One nats-server and one object-metadata process, and what they cost. For the benchmarks of this folder. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launchProcess, type MeshProcess } from "@holdfast/launcher";
import { startNats, temporaryFolder, type TestNats } from "@holdfast/testkit";

export type Bed = AsyncDisposable & {
  readonly nats: TestNats;
  /** Where the instances keep their index. */
  readonly dataDir: string;
  /** Starts an instance; it ends with the bed at the latest. */
  start(env?: Record<string, string>): Promise<MeshProcess>;
};

/** CPU is user and system time so far, milliseconds, in steps of 10; memory in MiB. */
export type Use = { readonly cpuMs: number; readonly rssMiB: number; readonly peakMiB: number };

export async function makeBed(): Promise<Bed> {
  const nats = await startNats();
  const folder = await temporaryFolder("metadata-bench-");
  const started: MeshProcess[] = [];
  return {
    nats,
    dataDir: `${folder.path}/data`,
    async start(env = {}) {
      // a folder for CPU profiles of the instances, not of the benchmark
      const options = process.env["BENCH_NODE_OPTIONS"];
      const instance = await launchProcess({
        name: "object-metadata",
        script: process.env["BENCH_SERVICE"] ?? fileURLToPath(new URL("../src/main.ts", import.meta.url)),
        env: {
          ...process.env,
          HOLDFAST_NATS_URL: nats.url,
          HOLDFAST_DATA_DIR: `${folder.path}/data`,
          HOLDFAST_LOG_LEVEL: "warn",
          HOLDFAST_SWEEP_INTERVAL: "0",
          ...(options === undefined ? {} : { NODE_OPTIONS: options }),
          ...env,
        },
        logFile: `${folder.path}/object-metadata.log`,
      });
      started.push(instance);
      return instance;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((instance) => instance.stop()));
      await nats.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function useOf(pid: number): Promise<Use> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024;
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, rssMiB: mib("VmRSS"), peakMiB: mib("VmHWM") };
}

/** Runs `operation` from `callers` at once for some seconds; resolves to how many there were. */
export async function load(callers: number, seconds: number, operation: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  const caller = async () => {
    for (; performance.now() < end; count++) await operation();
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return count;
}
