import { describe, expect, test } from "vitest";
import type { Measurement } from "../measure/measure-row.ts";
import { rowNamed } from "../rows/catalogue.ts";
import { budgets, judge } from "./budgets.ts";
import { withTables } from "./page.ts";
import { head, markdown, rowColumns, tableLine } from "./table.ts";

const measurement: Measurement = {
  row: "PUT 4KiB",
  concurrency: 16,
  operations: 2_000,
  seconds: 2,
  bytes: 2_000 * 4_096,
  errors: { "503 SlowDown": 2 },
  problem: "PUT /b/k: 503 SlowDown",
  p50: 1.5,
  p99: 9,
  p999: 20,
  clientCpuMs: 0.05,
  cpuMs: 0.4,
  processes: { "s3-edge": { cpuMsPerOperation: 0.3, peakRssMiB: 150, grewMiB: 3 } },
  roundTrips: { "jetstream/publish": 2, "object-metadata/PutObject": 1 },
};
const ratios = { http: { throughput: 0.5, cpu: 0.55 } };

describe("the budgets", () => {
  test("are of rows that there are", () => {
    const names = budgets.flatMap(({ row, slowerThan }) => [row, ...(slowerThan ? [slowerThan.row] : [])]);
    for (const name of names) expect(rowNamed(name).name).toBe(name);
  });

  test("are held against what was measured, with a mark for each", () => {
    const verdicts = judge([{ measurement, ratios, waitedTrips: 2 }]);
    expect(verdicts.map(({ what, budget, measured, passed }) => [what, budget, measured, passed])).toEqual([
      ["round trips in sequence", 2, 2, true],
      ["CPU ms", 0.5, 0.4, true],
      ["errors", 0, 2, false],
      ["share of the http floor", 0.6, 0.5, false],
    ]);
  });

  test("compare a page of many keys to the page of few", () => {
    const page = (row: string, p50: number) => ({
      measurement: { ...measurement, row, p50 },
      ratios,
      waitedTrips: undefined,
    });
    const verdicts = judge([page("LIST 1000 of 1000 keys", 10), page("LIST 1000 of 1000000 keys", 12)]);
    expect(verdicts).toContainEqual(
      expect.objectContaining({ row: "LIST 1000 of 1000000 keys", measured: 1.2, passed: true }),
    );
  });

  test("say nothing of what could not be measured", () => {
    const { cpuMs: _, roundTrips: __, ...foreign } = measurement;
    const verdicts = judge([{ measurement: { ...foreign, processes: {} }, ratios: {}, waitedTrips: undefined }]);
    expect(verdicts.map(({ what }) => what)).toEqual(["errors"]);
  });
});

describe("the tables", () => {
  const judged = { measurement, ratios, waitedTrips: 2 };
  test("have a cell for each title", () => {
    expect(tableLine(rowColumns, judged)).toHaveLength(head(rowColumns).length);
    expect(tableLine(rowColumns, judged)).toMatch(
      /^PUT 4KiB +16 +1000 +3\.9 .* 2 +0\.400 +0\.050 +3\.00 +2 +150 +- +50 %; 55 %$/,
    );
  });
  test("are Markdown on a page", () => {
    const [titles = "", bars = "", row = ""] = markdown(rowColumns, [judged]).split("\n");
    expect(bars.split("|")).toHaveLength(titles.split("|").length);
    expect(row.split("|")).toHaveLength(titles.split("|").length);
  });
  test("go between the markers of a page and leave the rest as it was", () => {
    const markers = ["<!-- bench: written by `npm run bench -- --write`, do not edit -->", "<!-- bench: end -->"];
    const page = `# Title\n\n${markers[0]}\n\nold\n\n${markers[1]}\n\nafter\n`;
    expect(withTables(page, "new")).toBe(page.replace("old", "new"));
    expect(() => withTables("# Title", "new")).toThrow(/two lines/);
  });
});
