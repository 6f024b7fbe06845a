/** Two edges and two object-metadata instances share a load, in turn with one of each: A B A B. */
import { median, runLoad } from "@holdfast/test-bench";
import { measureUse } from "../measure/use.ts";
import { type Scene, startScene } from "../mesh/scene.ts";
import { type Cell, type Check, isExactly, type SectionResult } from "../report/result.ts";
import type { Run } from "../run.ts";
import { createMix, type Mix } from "./mix.ts";
import { added, callsByInstance, type Calls } from "./spread.ts";

const bucket = "scale-shared";
const pairs = 2;
const callers = 32;
/** Of the calls to a service, the least that one of two instances must have: queue groups draw lots. */
const leastShare = 0.3;

type Round = {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly clientMs: number;
  readonly p50: number;
  readonly p99: number;
};
type Side = {
  readonly name: string;
  readonly scene: Scene;
  readonly mix: Mix;
  readonly rounds: Round[];
  next: number;
  errors: number;
};

export async function sharedSection(run: Run): Promise<SectionResult> {
  await using one = await run.open(() => startScene());
  await using two = await run.open(() => startScene({ edges: 2, objectMetadata: 2 }));
  const sides = [await sideOf("one of each", one), await sideOf("two of each", two)];
  const before = await callsByInstance(two.admin, "object-metadata");
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of sides) await round(run, side, run.options.seconds);
  }
  const spread = added(before, await callsByInstance(two.admin, "object-metadata"));
  return {
    section: "shared",
    tables: [
      {
        title: `PUT, GET, LIST and DELETE of 4 KiB objects, ${callers} callers, ${pairs} rounds of ${run.options.seconds} s in turn (medians)`,
        columns: ["side", "requests/s", "CPU ms per request", "client", "p50 ms of a turn", "p99"],
        rows: sides.map((side) => row(side)),
      },
      {
        title: "Calls by instance of object-metadata, from $SRV.STATS",
        columns: ["instance", "calls", "share, %"],
        rows: Object.entries(spread).map(([id, calls], i) => [
          `${i + 1} (${id})`,
          calls,
          (calls * 100) / total(spread),
        ]),
      },
    ],
    checks: sides.flatMap((side) => checksOf(side)).concat(spreadCheck(spread)),
  };
}

async function sideOf(name: string, scene: Scene): Promise<Side> {
  await scene.client.succeed({ method: "PUT", path: `/${bucket}` });
  const side = { name, scene, mix: createMix(scene.clients, bucket), rounds: [], next: 0, errors: 0 };
  // the first calls compile code and fetch keys
  const { next } = await runLoad(side.mix.turn, {
    concurrency: callers,
    seconds: 0.5,
    from: 0,
    maxOperations: Infinity,
  });
  return { ...side, next };
}

async function round(run: Run, side: Side, seconds: number): Promise<void> {
  run.progress(`shared: ${side.name}, round ${side.rounds.length + 1} of ${pairs}`);
  const requests = side.mix.requests();
  const bounds = { concurrency: callers, seconds, from: side.next, maxOperations: Infinity };
  const use = await measureUse(side.scene.processes(), () => runLoad(side.mix.turn, bounds));
  const { next, errors, problem, p50, p99 } = use.result;
  if (problem !== undefined) console.error(`shared: ${side.name}: ${problem}`);
  side.next = next;
  side.errors += Object.values(errors).reduce((sum, count) => sum + count, 0);
  const made = side.mix.requests() - requests;
  side.rounds.push({
    perSecond: made / use.seconds,
    cpuMs: use.totalCpuMs / made,
    clientMs: use.clientCpuMs / made,
    p50,
    p99,
  });
}

function row({ name, rounds }: Side): Cell[] {
  const of = (what: keyof Round) => median(rounds.map((round) => round[what]));
  return [name, of("perSecond"), of("cpuMs"), of("clientMs"), of("p50"), of("p99")];
}

function checksOf({ name, scene, mix, errors }: Side): Check[] {
  const { looks, unseen } = mix.seen();
  return [
    isExactly(`${name}: turns that failed`, errors, 0),
    {
      what: `${name}: every acknowledged write, overwrite and delete is seen at once by GET and LIST through the ${scene.clients.length === 1 ? "same" : "other"} edge`,
      holds: looks > 0 && unseen.length === 0,
      seen: unseen.length === 0 ? `${looks.toLocaleString("en")} looks` : `${unseen.length} unseen: ${unseen[0]}`,
    },
  ];
}

const total = (calls: Calls) => Object.values(calls).reduce((sum, count) => sum + count, 0);

function spreadCheck(spread: Calls): Check {
  const shares = Object.values(spread).map((calls) => calls / total(spread));
  return {
    what: `calls are spread: each of two instances has at least ${leastShare * 100} %`,
    holds: shares.length === 2 && shares.every((share) => share >= leastShare),
    seen: shares.map((share) => `${Math.round(share * 100)} %`).join(", "),
  };
}
