/** The real reconciler in virtual time. `npm run simulate -w @holdfast/scheduler` is the long one: 1,000 hosts, 10,000 workloads. */
import { describe, expect, test } from "vitest";
import { simulate } from "./simulation/run.ts";

/** The bound of README.md: nothing is missing or too many for longer. Milliseconds. */
const boundMs = 240_000;

describe("a simulated cluster", () => {
  test("of 40 hosts comes up within 10 s and stays as it is while nothing happens", async () => {
    const faults = { loss: 0, duplicates: 0, brokenStarts: 0, hostDeaths: 0, cutOffs: 0, crashes: 0, leaderPauses: 0 };
    const outcome = await simulate({ seed: 5, hosts: 40, workloads: 400, replicas: 10, seconds: 60, faults });
    expect(outcome).toMatchObject({ wrong: [], longestUnwantedMs: 0, longestWithoutLifeMs: 0 });
    expect(outcome.upAfter).toBeLessThanOrEqual(10);
    // two for each workload (made and placed, running), those of replica sets and deployments; then silence
    expect(outcome.writes).toBeLessThan(1_200);
  });

  test.for([1, 2, 3])(
    "whose hosts die, whose messages get lost and whose leaders pause converges (seed %i)",
    async (seed) => {
      const faults = {
        loss: 0.02,
        duplicates: 0.02,
        brokenStarts: 0.03,
        hostDeaths: 0.02,
        cutOffs: 0.02,
        crashes: 0.1,
        leaderPauses: 0.02,
      };
      const outcome = await simulate({ seed, hosts: 30, workloads: 200, replicas: 10, seconds: 240, faults });
      expect(outcome.wrong).toEqual([]);
      expect(outcome.wellAfter).toBeLessThanOrEqual(boundMs / 1_000);
      expect(outcome.longestWithoutLifeMs).toBeLessThanOrEqual(boundMs);
      expect(outcome.longestUnwantedMs).toBeLessThanOrEqual(boundMs);
    },
  );
});
