/** Fills a bucket through S3 with small objects, tenth by tenth, and says how fast each tenth was. */
import { median, runLoad } from "@holdfast/test-bench";
import { measureUse, type Use } from "../measure/use.ts";
import type { Scene } from "../mesh/scene.ts";
import type { Table } from "../report/result.ts";
import type { Run } from "../run.ts";

const inFlight = 64;
const tenths = 10;
const bodyBytes = 128;

/** Keys of 31 characters. They are written in a scattered order, which is the harder one for an ordered index. */
export type Keys = { readonly count: number; sorted(position: number): string; scattered(index: number): string };

export function createKeys(count: number): Keys {
  const step = coprimeStep(count);
  const pad = (value: number, digits: number) => String(value).padStart(digits, "0");
  const sorted = (position: number) =>
    `images/${pad(Math.floor(position / 1_000), 6)}/object-${pad(position % 1_000, 6)}.jpg`;
  return { count, sorted, scattered: (index) => sorted((index * step) % count) };
}

/** Of which every multiple below `count` gives another remainder. */
function coprimeStep(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let step = Math.floor(count * 0.618);
  while (divisor(step, count) !== 1) step++;
  return step;
}

/** What is stored under a key: another key's body is not equal. */
export const bodyOf = (key: string): Buffer => Buffer.alloc(bodyBytes, `${key} `);

export async function ingest(
  run: Run,
  scene: Scene,
  bucket: string,
  keys: Keys,
): Promise<{ table: Table; errors: number }> {
  const processes = scene.processes();
  const began = performance.now();
  const put = async (index: number) => {
    const key = keys.scattered(index);
    await scene.client.succeed({ method: "PUT", path: `/${bucket}/${key}`, body: bodyOf(key) });
    report(run, index + 1, keys.count, began);
    return bodyBytes;
  };
  const parts: Use<Awaited<ReturnType<typeof runLoad>>>[] = [];
  for (let tenth = 0; tenth < tenths; tenth++) {
    const from = Math.floor((keys.count * tenth) / tenths);
    const maxOperations = Math.floor((keys.count * (tenth + 1)) / tenths) - from;
    const bounds = { concurrency: inFlight, seconds: Infinity, from, maxOperations };
    const part = await measureUse(processes, () => runLoad(put, bounds));
    if (part.result.problem !== undefined) console.error(`objects: ${part.result.problem}`);
    parts.push(part);
  }
  return { table: rateTable(keys.count, parts), errors: keys.count - sumOf(parts, ({ result }) => result.operations) };
}

type Part = Use<Awaited<ReturnType<typeof runLoad>>>;
const sumOf = (parts: readonly Part[], of: (part: Part) => number) => parts.reduce((sum, part) => sum + of(part), 0);

function report(run: Run, done: number, count: number, began: number): void {
  if (done % 64 !== 0) return;
  const rate = done / ((performance.now() - began) / 1_000);
  const left = Math.round((count - done) / rate);
  run.progress(`objects: ${done} of ${count} stored, ${Math.round(rate)}/s, ${left} s to go`);
}

function rateTable(count: number, parts: readonly Part[]): Table {
  const row = (name: string, some: readonly Part[]) => {
    const operations = sumOf(some, ({ result }) => result.operations);
    const perObject = (of: (part: Part) => number) => sumOf(some, of) / operations;
    return [
      name,
      operations / sumOf(some, ({ seconds }) => seconds),
      median(some.map(({ result }) => result.p50)),
      Math.max(...some.map(({ result }) => result.p99)),
      perObject(({ totalCpuMs }) => totalCpuMs),
      perObject(({ cpuMs }) => cpuMs["nats-server"] ?? 0),
      perObject(({ cpuMs }) => cpuMs["object-metadata"] ?? 0),
      perObject(({ cpuMs }) => cpuMs["s3-edge"] ?? 0),
      perObject(({ clientCpuMs }) => clientCpuMs),
    ];
  };
  const middle = parts.length / 2;
  return {
    title: `PUT of ${count.toLocaleString("en")} objects of ${bodyBytes} bytes, ${inFlight} in flight`,
    columns: [
      "which",
      "PUT/s",
      "p50 ms",
      "p99 ms, worst tenth",
      "CPU ms",
      "nats-server",
      "object-metadata",
      "s3-edge",
      "client",
    ],
    rows: [
      row("first tenth", parts.slice(0, 1)),
      row("middle tenth", parts.slice(middle, middle + 1)),
      row("last tenth", parts.slice(-1)),
      row("all", parts),
    ],
  };
}
