/** SIGKILL of the server that leads a bucket's stream, in the middle of writes: nothing acknowledged may be lost. */
import { setTimeout as sleep } from "node:timers/promises";
import { forEachOf, RequestFailed, type S3Client } from "@holdfast/test-bench";
import { waitFor } from "@holdfast/testkit";
import { countByWalk } from "../measure/list.ts";
import { type ClusterScene, makeBucket } from "../mesh/cluster.ts";
import { streamState } from "../mesh/stream.ts";
import { type Check, isExactly, type Table } from "../report/result.ts";
import type { Run } from "../run.ts";

const writers = 16;
/** Each of so many is large: its chunks go to the stream by another way than small bodies. */
const largeEvery = 32;
/** How long writes run before the kill, between going on and the restart, and at the end; at most. */
const longestPhaseMs = 3_000;
const goOnTimeoutMs = 120_000;

export async function killInTheMiddle(
  run: Run,
  scene: ClusterScene,
  bucket: string,
): Promise<{ table: Table; checks: Check[] }> {
  const phaseMs = Math.min(longestPhaseMs, run.options.seconds * 1_000);
  await makeBucket(scene, bucket, 3);
  // whatever fails: writers that nobody stops would keep the process alive
  await using writing = startWriters(scene.client, bucket);
  run.progress("cluster: writing, then one server is killed");
  await sleep(phaseMs);
  const { leader } = await streamState(scene.admin, bucket);
  // servers are called n0, n1, n2 by their place
  const server = scene.servers[Number(leader?.slice(1))];
  if (server === undefined) throw new Error(`the stream's leader is ${leader}`);
  const killedAt = performance.now();
  await server.kill();
  const wentOnAt = await waitFor(() => writing.goesOnSince(killedAt), {
    timeoutMs: goOnTimeoutMs,
    what: "a write after the kill",
  });
  await sleep(phaseMs);
  await server.restart();
  const restartedAt = performance.now();
  await sleep(phaseMs);
  const { acknowledged, errors } = await writing.stop();
  // asked when writes have ended: under load some follower is always a few messages behind
  await waitFor(async () => (await streamState(scene.admin, bucket)).currentReplicas === 2, {
    timeoutMs: goOnTimeoutMs,
    intervalMs: 50,
    what: "the restarted server having everything",
  });
  const caughtUpMs = performance.now() - restartedAt;
  const lost = await countWrong(scene.client, bucket, acknowledged);
  const listed = await countByWalk(scene.client, bucket, () => {});
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const after = acknowledged.filter(({ at }) => at > killedAt).length;
  return {
    table: {
      title: `SIGKILL of the server that leads the stream, ${writers} writers, one object in ${largeEvery} of 1 MiB`,
      columns: ["what", "measured"],
      rows: [
        ["writes acknowledged, before and after the kill", `${acknowledged.length - after} and ${after}`],
        ["seconds until writes go on", (wentOnAt - killedAt) / 1_000],
        ["requests that failed", failed],
        [
          "their kinds",
          Object.entries(errors)
            .map(([kind, count]) => `${count} x ${kind}`)
            .join(", ") || "none",
        ],
        [
          `seconds until the restarted server has everything, ${phaseMs / 1_000} of them under load`,
          caughtUpMs / 1_000,
        ],
      ],
    },
    checks: [
      isExactly("acknowledged objects that are missing or differ", lost, 0),
      {
        what: "the listing has every acknowledged object, and no more than were tried",
        holds: listed >= acknowledged.length && listed <= acknowledged.length + failed,
        seen: `${listed.toLocaleString("en")} listed, ${acknowledged.length.toLocaleString("en")} acknowledged`,
      },
      { what: "writes go on after the kill and after the restart", holds: after > 0, seen: `${after} afterwards` },
    ],
  };
}

type Acknowledged = { readonly index: number; readonly began: number; readonly at: number };

const pathOf = (bucket: string, index: number) => `/${bucket}/object-${String(index).padStart(8, "0")}`;

function bodyOf(index: number): Buffer {
  return Buffer.alloc(index % largeEvery === 0 ? 1024 ** 2 : 4 * 1024, `object ${index} `);
}

function startWriters(client: S3Client, bucket: string) {
  const acknowledged: Acknowledged[] = [];
  const errors: Record<string, number> = {};
  let next = 0;
  const over = new AbortController();
  const write = async () => {
    while (!over.signal.aborted) {
      const index = next++;
      const began = performance.now();
      try {
        await client.succeed({ method: "PUT", path: pathOf(bucket, index), body: bodyOf(index) });
        acknowledged.push({ index, began, at: performance.now() });
      } catch (error) {
        const kind = error instanceof RequestFailed ? error.kind : "failed";
        errors[kind] = (errors[kind] ?? 0) + 1;
        await sleep(20);
      }
    }
  };
  const all = Promise.all(Array.from({ length: writers }, write));
  const stop = async () => {
    over.abort();
    await all;
    return { acknowledged, errors };
  };
  return {
    /** When the first write was acknowledged that was begun after a moment: what was on its way before says nothing about going on. */
    goesOnSince: (moment: number) => acknowledged.find(({ began }) => began > moment)?.at,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

async function countWrong(client: S3Client, bucket: string, acknowledged: readonly Acknowledged[]): Promise<number> {
  let wrong = 0;
  await forEachOf(acknowledged.length, writers, async (i) => {
    const index = acknowledged[i]?.index ?? 0;
    const { body, status } = await client.send({ method: "GET", path: pathOf(bucket, index), keepBody: true });
    if (status !== 200 || body === undefined || !bodyOf(index).equals(body)) wrong++;
  });
  return wrong;
}
