/**
 * Jobs on their way to the process that runs jco. Those that come while it starts or works go to it together, since its start takes
 * longer than most jobs do; one such process at a time, whatever number of test processes there are.
 */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { cacheFolder, exists, removeOlder } from "./cache.ts";
import type { Job, JobOutcome } from "./job.ts";
import { withLock } from "./lock.ts";

type Waiting = { readonly job: Job; readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** A StarlingMonkey guest takes 40 s on a quiet machine; several may be waited for. */
const lockTimeoutMs = 300_000;
const workerFile = fileURLToPath(new URL("worker.ts", import.meta.url));

const made = new Map<string, Promise<void>>();

/** Resolves when the job's path is there. What has failed here once is not tried again: the source would be the same. */
export function make(job: Job): Promise<void> {
  const making = made.get(job.path) ?? makeMissing(job);
  made.set(job.path, making);
  return making;
}

async function makeMissing(job: Job): Promise<void> {
  if (await exists(job.path)) return;
  await (isSlow(job) ? slow : quick).add(job);
}

const isSlow = (job: Job) => job.make === "component" && job.source.language === "javascript";

class JobQueue {
  readonly #lock: string;
  readonly #waiting: Waiting[] = [];
  #isDraining = false;

  constructor(lock: string) {
    this.#lock = join(cacheFolder, lock);
  }

  add(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      if (!this.#isDraining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      await mkdir(cacheFolder, { recursive: true });
      await withLock(this.#lock, { timeoutMs: lockTimeoutMs }, async () => {
        while (this.#waiting.length > 0) await runBatch(this.#waiting.splice(0));
      });
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isDraining = false;
    }
    // who came while the lock was given back
    if (this.#waiting.length > 0) void this.#drain();
  }
}

/** Who needs a guest of milliseconds does not wait for one of half a minute. */
const quick = new JobQueue("lock");
const slow = new JobQueue("lock-slow");

/** Another process may have made some of them while this one waited. */
async function runBatch(batch: readonly Waiting[]): Promise<void> {
  const missing = new Map<string, Waiting>();
  for (const each of batch) {
    if (await exists(each.job.path)) each.resolve();
    else missing.set(each.job.path, each);
  }
  if (missing.size > 0) await runWorker(missing);
}

async function runWorker(missing: Map<string, Waiting>): Promise<void> {
  const child = spawn(process.execPath, [workerFile], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify([...missing.values()].map(({ job }) => job)));
  const complaints = text(child.stderr);
  for await (const line of createInterface(child.stdout)) {
    const outcome = JSON.parse(line) as JobOutcome;
    await settle(missing.get(outcome.path), outcome.error);
    missing.delete(outcome.path);
  }
  for (const each of missing.values()) await settle(each, `the worker ended without a word of it: ${await complaints}`);
}

async function settle(each: Waiting | undefined, error: string | undefined): Promise<void> {
  if (error !== undefined) each?.reject(new Error(`guest ${each.job.label} could not be built: ${error}`));
  else if (each !== undefined) await removeOlder(each.job.path).then(each.resolve, each.reject);
}
