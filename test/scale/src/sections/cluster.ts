/** Three nats-servers: what three replicas cost beside one, and that a server may die in the middle of the load. */
import { median, runLoad } from "@holdfast/test-bench";
import { type ClusterScene, makeBucket, startClusterScene } from "../mesh/cluster.ts";
import { measureUse, type Use } from "../measure/use.ts";
import { type Cell, isExactly, type SectionResult, type Table } from "../report/result.ts";
import type { Run } from "../run.ts";
import { killInTheMiddle } from "./kill.ts";

const callers = 16;
const pairs = 2;
const bodyBytes = 4 * 1024;
const sides = [
  { bucket: "scale-r1", replicas: 1 },
  { bucket: "scale-r3", replicas: 3 },
] as const;

export async function clusterSection(run: Run): Promise<SectionResult> {
  await using scene = await run.open(() => startClusterScene());
  for (const { bucket, replicas } of sides) await makeBucket(scene, bucket, replicas);
  const rates = await compareReplicas(run, scene);
  const kill = await killInTheMiddle(run, scene, "scale-kill");
  return {
    section: "cluster",
    tables: [rates.table, kill.table],
    checks: [isExactly("requests that failed while every server ran", rates.errors, 0), ...kill.checks],
  };
}

type Round = Use<Awaited<ReturnType<typeof runLoad>>>;

async function compareReplicas(run: Run, scene: ClusterScene): Promise<{ table: Table; errors: number }> {
  const { client } = scene;
  const body = Buffer.alloc(bodyBytes, "replica ");
  const rounds = new Map<string, Round[]>();
  const written = new Map<string, number>();
  const measure = async (name: string, seconds: number, from: number, work: (index: number) => Promise<unknown>) => {
    const operation = async (index: number) => {
      await work(index);
      return bodyBytes;
    };
    const bounds = { concurrency: callers, seconds, from, maxOperations: Infinity };
    const round = await measureUse(scene.processes(), () => runLoad(operation, bounds));
    if (round.result.problem !== undefined) console.error(`cluster: ${name}: ${round.result.problem}`);
    rounds.set(name, [...(rounds.get(name) ?? []), round]);
    return round.result.next;
  };
  for (let pair = 0; pair < pairs; pair++) {
    for (const { bucket, replicas } of sides) {
      run.progress(`cluster: R${replicas}, round ${pair + 1} of ${pairs}`);
      const path = (index: number) => `/${bucket}/object-${index}`;
      const from = written.get(bucket) ?? 0;
      const put = (index: number) => client.succeed({ method: "PUT", path: path(index), body });
      const next = await measure(`PUT 4 KiB, R${replicas}`, run.options.seconds / 2, from, put);
      written.set(bucket, next);
      // scattered over what is there: neighbours would come from the edge's memory
      const get = (index: number) => client.succeed({ method: "GET", path: path((index * 7_919) % next) });
      await measure(`GET 4 KiB, R${replicas}`, run.options.seconds / 2, 0, get);
    }
  }
  const all = [...rounds.values()].flat();
  const errors = all.flatMap(({ result }) => Object.values(result.errors)).reduce((sum, count) => sum + count, 0);
  return {
    errors,
    table: {
      title: `One cluster of three, ${callers} callers, ${pairs} rounds in turn (medians)`,
      columns: ["what", "per second", "p50 ms", "p99 ms", "CPU ms", "nats-servers", "s3-edge", "object-metadata"],
      rows: [...rounds].sort(([a], [b]) => b.localeCompare(a)).map(([name, some]) => row(name, some)),
    },
  };
}

function row(name: string, rounds: readonly Round[]): Cell[] {
  const of = (what: (round: Round) => number) => median(rounds.map((round) => what(round)));
  const perOperation = (what: (round: Round) => number) => of((round) => what(round) / round.result.operations);
  return [
    name,
    of(({ result, seconds }) => result.operations / seconds),
    of(({ result }) => result.p50),
    of(({ result }) => result.p99),
    perOperation(({ totalCpuMs }) => totalCpuMs),
    perOperation(({ cpuMs }) => natsCpu(cpuMs)),
    perOperation(({ cpuMs }) => cpuMs["s3-edge"] ?? 0),
    perOperation(({ cpuMs }) => cpuMs["object-metadata"] ?? 0),
  ];
}

const natsCpu = (cpuMs: Readonly<Record<string, number>>) =>
  Object.entries(cpuMs).reduce((sum, [name, ms]) => (name.startsWith("nats-server") ? sum + ms : sum), 0);
