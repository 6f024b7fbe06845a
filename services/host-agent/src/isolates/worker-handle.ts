/** A worker thread or a child process, as far as they are alike: a port, CPU time, an end. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Port } from "../channel/messages.ts";
import { processPort, threadPort } from "../channel/ports.ts";

export type WorkerHandle = {
  readonly port: Port;
  /** CPU used so far, milliseconds. */
  cpuMs(): Promise<number>;
  /** Resolves when it ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** Ends it at once, whatever it does. */
  terminate(): Promise<void>;
};

export type WorkerSettings = {
  readonly heapLimitMb: number;
  /** A folder for compiled code, so that the next worker starts sooner. */
  readonly compileCache?: string | undefined;
};

const entry = new URL("../worker/entry.ts", import.meta.url);

/** A thread of this process. Its JavaScript heap has a limit of its own; WebAssembly memories have theirs. */
export function startThread({ heapLimitMb, compileCache }: WorkerSettings): WorkerHandle {
  const worker = new Worker(entry, {
    resourceLimits: { maxOldGenerationSizeMb: heapLimitMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    // nothing of the host's: no environment, no arguments, no terminal
    env: {},
    argv: [],
    workerData: compileCache,
    stdin: false,
  });
  const ended = Promise.withResolvers<string>();
  worker.on("error", (error: Error & { code?: string }) => {
    const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    ended.resolve(isMemory ? "the worker ran out of JavaScript heap" : `the worker failed: ${error.message}`);
  });
  worker.on("exit", (code) => ended.resolve(`the worker ended with code ${code}`));
  return {
    port: threadPort(worker),
    async cpuMs() {
      const { user, system } = await worker.cpuUsage();
      return (user + system) / 1_000;
    },
    ended: ended.promise,
    async terminate() {
      await worker.terminate();
    },
  };
}

/** Clock ticks per second of /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** A process of its own: slower to start, and what kills it kills nobody else. */
export function startProcess({ heapLimitMb, compileCache }: WorkerSettings): WorkerHandle {
  const child = fork(fileURLToPath(entry), [], {
    serialization: "advanced",
    env: compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache },
    execArgv: [`--max-old-space-size=${heapLimitMb}`],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit").then(
    ([code, signal]) => `the process ended with ${String(signal ?? `code ${String(code)}`)}`,
  );
  return {
    port: processPort(child),
    async cpuMs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
      // after the name in brackets, which may hold anything: field 14 is utime, 15 stime
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000;
    },
    ended: exited,
    async terminate() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
