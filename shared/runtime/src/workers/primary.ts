/**
 * The process above several workers. It serves nothing and has no connection to NATS: it starts the workers and replaces those that
 * end, owns the admin port, says `ready` once for all, and has them drain.
 *
 * Connections come to it and are handed to the workers in turn (node:cluster). Gaps, all of Node 24: a connection that is being handed
 * to a worker in the very moment in which that is killed stays open without an answer until its client gives up, one that comes while
 * all are closing until this process ends. While no worker listens nobody does, and port 0 is another one afterwards.
 */
import { z } from "zod";
import { openAdminPort } from "../admin.ts";
import { failurePage, healthPage, jsonPage, type Page } from "../admin-pages.ts";
import type { CommonConfig } from "../config.ts";
import { closingMs, phase, sayReady, untilSignal } from "../life.ts";
import type { Logger } from "../log.ts";
import { collectProcessMetrics, metrics, type MetricFigures } from "../metrics.ts";
import { SummedMetrics, summed } from "./summed.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

export type PrimarySettings = {
  readonly name: string;
  readonly config: CommonConfig;
  readonly log: Logger;
  readonly workers: number;
};

/** Lives until a signal; resolves when all workers have ended. Rejects with WorkerNotStarted, ConfigError. */
export async function liveAsPrimary({ name, config, log, workers: count }: PrimarySettings): Promise<void> {
  let isStarting = true;
  const signalled = untilSignal(log, () => isStarting);
  collectProcessMetrics();
  const summedMetrics = new SummedMetrics();
  const pool = new WorkerPool(count, log, (worker) => summedMetrics.endedOne(worker.id));
  metrics.gauge({
    name: "holdfast_workers_ready",
    help: "Worker processes that take requests",
    collect() {
      this.set(readyOnes(pool).length);
    },
  });
  const answer = (path: string) => pageOf(path, pool, summedMetrics).catch(failurePage);
  const admin = await openAdminPort(config.HOLDFAST_ADMIN_HOST, config.HOLDFAST_ADMIN_PORT, answer);
  const ready = await pool.start();
  isStarting = false;
  sayReady(name, { admin: admin.url, ...ready, workers: count });

  const signal = await signalled;
  log.info({ signal }, "signal received");
  // each worker has the limits of its own phases; what is left after them does not end by itself
  await phase("workers", config.HOLDFAST_DRAIN_TIMEOUT + 3 * closingMs, log, () => pool.stop());
  pool.kill();
  await phase("admin", closingMs, log, () => admin.close());
  log.info("stopped");
}

const readyOnes = (pool: WorkerPool): WorkerProcess[] => pool.workers.filter(({ isReady }) => isReady);

async function pageOf(path: string, pool: WorkerPool, summedMetrics: SummedMetrics): Promise<Page> {
  if (path === "/healthz") return healthOf(pool);
  if (path === "/metrics") return metricsOf(pool, summedMetrics);
  if (path === "/workers") return jsonPage(200, pool.workers.map(describe));
  return sumOf(path, pool);
}

const describe = ({ id, pid, isReady, startedAt }: WorkerProcess) => ({
  worker: id,
  pid,
  ready: isReady,
  startedAt: new Date(startedAt).toISOString(),
});

const Health = z.object({ problems: z.record(z.string(), z.string()).default({}) });

/** Whatever is wrong with a worker that gets requests. While one is being replaced, the others get them all: that is no problem. */
async function healthOf(pool: WorkerPool): Promise<Page> {
  const workers = readyOnes(pool);
  if (workers.length === 0) return healthPage({ workers: "none is ready" });
  const problems = await Promise.all(workers.map(problemsOf));
  return healthPage(Object.fromEntries(problems.flat()));
}

async function problemsOf(worker: WorkerProcess): Promise<[string, string][]> {
  const answer = await worker.ask("/healthz");
  const name = (problem: string) => `worker ${worker.id}/${problem}`;
  if (answer === undefined) return worker.isReady ? [[name("process"), "does not answer"]] : [];
  const { problems } = Health.parse(JSON.parse(answer.body));
  return Object.entries(problems).map(([problem, text]) => [name(problem), text]);
}

async function metricsOf(pool: WorkerPool, summedMetrics: SummedMetrics): Promise<Page> {
  await Promise.all(
    readyOnes(pool).map(async (worker) => {
      const answer = await worker.ask("/metrics");
      const figures: MetricFigures | undefined = answer?.status === 200 ? JSON.parse(answer.body) : undefined;
      if (figures && worker.isReady) summedMetrics.saw(worker.id, figures);
    }),
  );
  return { status: 200, type: metrics.contentType, body: await summedMetrics.text() };
}

/** A page that services add: the sum of what the workers show on it, or what the first one says when they show nothing. */
async function sumOf(path: string, pool: WorkerPool): Promise<Page> {
  const answers = (await Promise.all(readyOnes(pool).map((worker) => worker.ask(path)))).filter(
    (each) => each !== undefined,
  );
  const [first] = answers;
  if (first === undefined) return jsonPage(503, { error: "no worker answers" });
  const failed = answers.find(({ status }) => status !== 200);
  if (failed) return jsonPage(failed.status, JSON.parse(failed.body));
  return jsonPage(200, summed(answers.map(({ body }): unknown => JSON.parse(body))));
}
