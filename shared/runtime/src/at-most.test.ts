import { expect, test } from "vitest";
import { atMost } from "./at-most.ts";

test("at most so many run at a time, the others in turn, also when some fail", async () => {
  const run = atMost(2);
  const begun: number[] = [];
  const works = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const results = works.map(({ promise }, i) =>
    run(() => {
      begun.push(i);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  works[1]?.reject(new Error("failed"));
  await expect(results[1]).rejects.toThrow("failed");
  expect(begun).toEqual([0, 1, 2]);
  for (const [i, { resolve }] of works.entries()) resolve(i);
  expect(await Promise.all(results.filter((_, i) => i !== 1))).toEqual([0, 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(await run(() => Promise.resolve("again"))).toBe("again");
});
