/**
 * What does not depend on the machine: a few operations of each kind on a mesh of its own, with how many NATS round trips each makes
 * and how many of them a request waits for in sequence. Times are not looked at. CI runs it (test/bench/test/short.test.ts).
 */
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type LoadResult, type Operation, runLoad } from "./load/load.ts";
import { createScene } from "./load/scene.ts";
import { median } from "./load/statistics.ts";
import { added, readRoundTrips, type RoundTrips, totalOf } from "./measure/round-trips.ts";
import { startTraceCollector, type TraceCollector } from "./measure/trace-collector.ts";
import { type Span, waitedTrips } from "./measure/waited.ts";
import { budgets } from "./report/budgets.ts";
import { rowNamed } from "./rows/catalogue.ts";
import type { Scene } from "./rows/row.ts";
import { type SlowServer, startSlowMesh } from "./server/server.ts";

/** Rows whose round trips all have spans. */
export const tracedRows = [
  "PUT 4KiB",
  "GET 4KiB",
  "HEAD 4KiB",
  "DELETE 4KiB",
  "OVERWRITE 4KiB",
  "LIST 1000 of 1000 keys",
];
const furtherRows = [
  "MIXED 4KiB, 70% GET",
  "PUT 100KiB",
  "GET 100KiB",
  "PUT 1MiB",
  "GET 1MiB",
  "LIST 1000 of 1000 keys with a prefix",
  "LIST 1000 of 1000 keys with a delimiter",
];

/** Every row of the short version. */
export const shortRows: readonly string[] = [...tracedRows, ...furtherRows];

export type ShortRow = {
  readonly row: string;
  readonly errors: LoadResult["errors"];
  readonly problem: string | undefined;
  /** Per operation, all processes together. */
  readonly countedTrips: number;
  readonly roundTrips: RoundTrips;
  /** Of a typical request (the median); undefined where spans do not tell. */
  readonly waitedTrips: number | undefined;
};

/** What is wrong with a row, in words: errors, and round trips above what the budgets allow today. */
export function shortProblems({ row, errors, problem, countedTrips, waitedTrips = 0 }: ShortRow): string[] {
  const ceiling = budgets.find((budget) => budget.row === row)?.ceiling;
  const over = (what: string, measured: number, limit = Infinity) =>
    measured > limit
      ? [`${row}: ${measured} round trips ${what}, ${limit} are allowed (test/bench/src/report/budgets.ts)`]
      : [];
  return [
    ...Object.entries(errors).map(([kind, count]) => `${row}: ${count} x ${kind}: ${problem}`),
    ...over("in sequence", waitedTrips, ceiling?.waited),
    ...over("per operation", countedTrips, ceiling?.counted),
  ];
}

const warmUps = 5;
const traces = 7;
const delayMs = 10;
const operations = 60;

/** Measures every row of the short version, or only those given. */
export async function runShort(rows: readonly string[] = shortRows): Promise<ShortRow[]> {
  await using collector = await startTraceCollector();
  await using server = await startSlowMesh(collector.env);
  using scene = createScene({
    target: server.target,
    bucket: `short-${randomBytes(4).toString("hex")}`,
    options: {},
    mostOperations: warmUps + traces + operations,
  });
  await scene.createBucket(scene.bucket);
  await untilKeysAreHeld(scene, server);
  const measured: ShortRow[] = [];
  for (const name of rows) measured.push(await measureShort(name, scene, server, collector));
  return measured;
}

/** An edge that has just started asks auth at each request, until it has heard auth's heartbeat. */
async function untilKeysAreHeld({ client, bucket }: Scene, { processes }: SlowServer): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const before = await readRoundTrips(processes);
    await client.succeed({ method: "HEAD", path: `/${bucket}` });
    const { "auth/GetSigningKey": asked } = added(before, await readRoundTrips(processes), 1);
    if (asked === undefined) return;
    await setTimeout(50);
  }
  throw new Error("the edge goes on asking auth at each request");
}

async function measureShort(
  name: string,
  scene: Scene,
  server: SlowServer,
  collector: TraceCollector,
): Promise<ShortRow> {
  const operation = await rowNamed(name).prepare(scene);
  for (let index = 0; index < warmUps; index++) await operation(index);
  const waited = tracedRows.includes(name) ? await traceSome(operation, scene, server, collector) : undefined;
  const before = await readRoundTrips(server.processes);
  const bounds = { concurrency: 8, seconds: 10, maxOperations: operations, from: warmUps + traces };
  const { errors, problem, operations: done } = await runLoad(operation, bounds);
  const roundTrips = added(before, await readRoundTrips(server.processes), Math.max(1, done));
  return { row: name, errors, problem, countedTrips: totalOf(roundTrips), roundTrips, waitedTrips: waited };
}

/** One request after the other, each in a trace of its own. */
async function traceSome(
  operation: Operation,
  { client }: Scene,
  { link }: SlowServer,
  collector: TraceCollector,
): Promise<number> {
  link.delayMs = delayMs;
  const ids: { traceId: string; rootId: string }[] = [];
  for (let i = 0; i < traces; i++) {
    const [traceId, rootId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
    client.traceparent = `00-${traceId}-${rootId}-01`;
    ids.push({ traceId, rootId });
    await operation(warmUps + i);
  }
  client.traceparent = undefined;
  link.delayMs = 0;
  const spans = await collector.spansOf(ids.map(({ rootId }) => rootId));
  const byTrace: Map<string, Span[]> = Map.groupBy(spans, ({ traceId }) => traceId);
  return median(ids.map(({ traceId, rootId }) => waitedTrips(byTrace.get(traceId) ?? [], rootId)));
}
