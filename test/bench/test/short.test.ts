/** What CI holds of the benchmark: no errors, and no more NATS round trips than the budgets allow. Counts, not times. */
import { beforeAll, expect, test } from "vitest";
import { runShort, shortProblems, type ShortRow, shortRows } from "../src/short.ts";

let measured: ReadonlyMap<string, ShortRow>;

beforeAll(async () => {
  measured = new Map((await runShort()).map((row) => [row.row, row]));
});

test.for(shortRows)("%s makes no errors and stays within its round trips", (name) => {
  const row = measured.get(name);
  expect(row?.countedTrips).toBeGreaterThan(0);
  expect(row && shortProblems(row)).toEqual([]);
});
