import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("createTurns lets so many work at a time, failures included, and gives their results", async () => {
  const inTurn = createTurns(3);
  let [atOnce, most] = [0, 0];
  const work = async (index: number) => {
    most = Math.max(most, ++atOnce);
    await sleep(1);
    atOnce--;
    if (index === 2) throw new Error("failed");
    return index;
  };
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => inTurn(() => work(index))));
  expect(results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))).toHaveLength(9);
  expect(most).toBe(3);
});
