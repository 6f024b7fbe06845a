import { describe, expect, test } from "vitest";
import { countRoundTrip, metrics } from "./metrics.ts";

/** The lines of one metric as Prometheus reads them. */
async function linesOf(name: string): Promise<string[]> {
  return (await metrics.text()).split("\n").filter((line) => line.startsWith(name));
}

describe("a tally", () => {
  const settings = { name: "test_tally_total", help: "For a test", labels: ["operation", "code"] };

  test("shows all that was added, scrape by scrape, for its own label values only", async () => {
    const tallies = metrics.tallies(settings);
    tallies("Put", "OK").add();
    tallies("Put", "OK").add(2);
    tallies("Get", "OK").add();
    const put = (count: number) => `test_tally_total{operation="Put",code="OK"} ${count}`;
    const get = 'test_tally_total{operation="Get",code="OK"} 1';
    expect(await linesOf("test_tally_total")).toEqual([put(3), get]);
    tallies("Put", "OK").add();
    expect(await linesOf("test_tally_total")).toEqual([put(4), get]);
  });

  test("asked for by the same name is the same metric", () => {
    expect(metrics.tallies(settings)("Put", "OK")).toBe(metrics.tallies(settings)("Put", "OK"));
  });
});

test("round trips are counted by operation", async () => {
  for (const operation of ["jetstream/get", "jetstream/get", "auth/GetSigningKey"]) countRoundTrip(operation);
  expect(await linesOf("holdfast_nats_round_trips_total")).toEqual([
    'holdfast_nats_round_trips_total{operation="jetstream/get"} 2',
    'holdfast_nats_round_trips_total{operation="auth/GetSigningKey"} 1',
  ]);
});
