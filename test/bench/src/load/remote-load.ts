/** Drives the process that makes the load. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadAnswer, LoadRequest, RunAnswer } from "./load-process.ts";
import type { SceneSettings } from "./scene.ts";

export type RunBounds = {
  readonly concurrency: number;
  readonly seconds: number;
  /** Of a row with a limited number of operations, which share of what is left may be used: 0.2 for a warm-up, 1 for the run. */
  readonly share: number;
};

export type RemoteLoad = Disposable & {
  readonly pid: number;
  /** Makes what the row reads or deletes. Rejects with what the server refused. */
  prepare(row: string): Promise<void>;
  run(bounds: RunBounds): Promise<RunAnswer>;
  /** Removes every bucket that the run has made. */
  cleanUp(): Promise<void>;
};

/** Starts a process that makes load, and the bucket in which it works. */
export async function startLoad(settings: SceneSettings): Promise<RemoteLoad> {
  const child = fork(fileURLToPath(new URL("load-process.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ask = asker(child);
  try {
    await ask({ kind: "open", settings });
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    async prepare(row) {
      await ask({ kind: "prepare", row });
    },
    async run(bounds) {
      const { result } = await ask({ kind: "run", ...bounds });
      if (result === undefined) throw new Error("the load gave no result");
      return result;
    },
    async cleanUp() {
      await ask({ kind: "clean up" });
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}

type Unnumbered<T> = T extends LoadRequest ? Omit<T, "id"> : never;

/** Questions to the child by number; all reject when it ends. */
function asker(child: ChildProcess): (request: Unnumbered<LoadRequest>) => Promise<LoadAnswer> {
  const waiting = new Map<number, PromiseWithResolvers<LoadAnswer>>();
  let counter = 0;
  child.on("message", (answer: LoadAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.problem === undefined) asked?.resolve(answer);
    else asked?.reject(new Error(answer.problem));
  });
  child.once("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process that makes the load ended (${code})`));
    waiting.clear();
  });
  return (request) => {
    // Ctrl-C ends it as well as us
    if (!child.connected) return Promise.reject(new Error("the process that makes the load has ended"));
    const id = ++counter;
    const asked = Promise.withResolvers<LoadAnswer>();
    waiting.set(id, asked);
    child.send({ id, ...request });
    return asked.promise;
  };
}
