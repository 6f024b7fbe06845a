/** The short form of `npm run chaos`, and what a leader's death does to what runs. Real processes, killed for real. */
import { hostClient } from "@holdfast/host-protocol";
import { waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convergesWithinSeconds, runChaos } from "./run.ts";
import { lives, wrong } from "./verdict.ts";
import { leaderOf, startWorld, type World } from "./world.ts";

/** A leader is followed within 5 s (services/scheduler/README.md). A machine that runs all tests at once is slow: twice that. */
const takeOverMs = 10_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: 4, schedulers: 2, isCluster: false });
}, 180_000);
afterAll(() => world[Symbol.asyncDispose]());

const settled = () =>
  waitFor(async () => (await wrong(world)).length === 0, {
    timeoutMs: 60_000,
    intervalMs: 200,
    what: "everything as it should be",
  });

/** Life -> when it started and how often its worker was started anew. */
async function livesOf(deployment: string): Promise<Map<string, string>> {
  const all = await lives(world);
  return new Map(
    all.flatMap(({ workloadId, name, startedAt, restarts }) =>
      name.startsWith(`${deployment}-`) ? [[workloadId, `${startedAt} ${restarts}`]] : [],
    ),
  );
}

describe("a scheduler that leads and is killed", () => {
  test("is followed by another one, which finishes the roll-out; what runs does not notice", async () => {
    await settled();
    const before = await livesOf("slow");
    const leader = await leaderOf(world);
    if (leader === undefined) throw new Error("nobody leads");
    await world.applyHello("v2");
    const isUnderWay = async () => {
      const { status } = await world.api.Get({ kind: "WorkloadDeployment", name: "hello" });
      return status.rollout === 2;
    };
    await waitFor(isUnderWay, { timeoutMs: 30_000, what: "the roll-out under way" });
    await world.mesh.kill("scheduler", leader);
    const killedAt = performance.now();
    const successor = await waitFor(
      async () => {
        const index = await leaderOf(world);
        return index === undefined || index === leader ? undefined : { index };
      },
      { timeoutMs: 60_000, intervalMs: 50, what: "another leader" },
    );
    expect(successor.index).not.toBe(leader);
    expect(performance.now() - killedAt).toBeLessThan(takeOverMs);
    await settled();
    expect(await livesOf("slow")).toEqual(before);
    await world.mesh.restart("scheduler", leader);
  });
});

describe("the look at what is left", () => {
  test("names what runs on a host and nobody wants", async () => {
    await settled();
    const host = hostClient(world.nc);
    const [{ id } = { id: "" }] = world.hosts;
    await host.start(id, { workloadId: "nobody-wants-it", workload: { namespace: "default", name: "stray" } });
    expect(await wrong(world)).toEqual([`${id} runs nobody-wants-it, which nobody wants`]);
    await host.stop(id, "nobody-wants-it");
    expect(await wrong(world)).toEqual([]);
  });
});

describe("hosts and leaders that are killed under load, a roll-out in the middle", () => {
  test("lose no request that another replica could serve, and end with exactly what is wanted", async () => {
    const outcome = await runChaos(world, { seconds: 12, seed: 7 });
    expect(outcome, JSON.stringify(outcome.story, undefined, 1)).toMatchObject({ lost: [], wrong: [] });
    expect(outcome.convergedAfter).toBeLessThanOrEqual(convergesWithinSeconds);
    expect(outcome.requests).toBeGreaterThan(100);
    expect(Object.values(outcome.blows).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(4);
  });
});
