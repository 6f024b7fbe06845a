/** One run: load, blows and two roll-outs, then peace, and a look at what is left. */
import { setTimeout as pause } from "node:timers/promises";
import { Blows } from "./blows.ts";
import { startTraffic } from "./traffic.ts";
import { wrong } from "./verdict.ts";
import type { World } from "./world.ts";

/** After the last blow all must be as it should within this time. Seconds. */
export const convergesWithinSeconds = 60;

export type Outcome = {
  readonly requests: number;
  readonly laterRounds: number;
  readonly lost: readonly string[];
  /** Blow -> how often. */
  readonly blows: Readonly<Record<string, number>>;
  /** From the last process that came back. Seconds. */
  readonly convergedAfter: number;
  /** What was still wrong when the time was over. */
  readonly wrong: readonly string[];
  readonly story: readonly string[];
};

export type RunOptions = { readonly seconds: number; readonly seed: number };

export async function runChaos(world: World, { seconds, seed }: RunOptions): Promise<Outcome> {
  const blows = new Blows(world, seed);
  const traffic = startTraffic({
    hosts: world.hosts,
    callers: 4,
    restMs: 25,
    wasKilledSince: (index, sinceMs) => blows.wasKilledSince(index, sinceMs),
    isPaused: (index) => blows.isPaused(index),
  });
  await Promise.all([blows.strike(seconds), rollOut(world, blows, seconds)]);
  await blows.recovered();
  blows.note("peace");
  const { convergedAfter, problems } = await untilConverged(world);
  const { requests, laterRounds, lost } = await traffic.stop();
  const { story, counts } = blows;
  return { requests, laterRounds, lost, blows: Object.fromEntries(counts), convergedAfter, wrong: problems, story };
}

/** A new version after a third of the time, the old one again after two thirds. */
async function rollOut(world: World, blows: Blows, seconds: number): Promise<void> {
  for (const version of ["v2", "v1"] as const) {
    await pause((seconds * 1_000) / 3);
    blows.note(`roll out ${version}`);
    await world.applyHello(version);
  }
}

async function untilConverged(world: World): Promise<{ convergedAfter: number; problems: string[] }> {
  const begunAt = performance.now();
  for (;;) {
    const problems = await wrong(world).catch((error: unknown) => [String(error)]);
    const convergedAfter = Math.round((performance.now() - begunAt) / 100) / 10;
    if (problems.length === 0 || convergedAfter > convergesWithinSeconds) return { convergedAfter, problems };
    await pause(200);
  }
}
