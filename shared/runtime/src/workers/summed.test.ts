import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import type { MetricFigures } from "../metrics.ts";
import { SummedMetrics, summed } from "./summed.ts";

/** What a worker would show: so many requests, each of 0.25 s, so many of them in hand. */
async function figuresOf(requests: number, inHand: number): Promise<MetricFigures> {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "t_requests_total", help: "h", labelNames: ["operation"], registers }).inc(
    { operation: "Get" },
    requests,
  );
  new Gauge({ name: "t_in_hand", help: "h", registers }).set(inHand);
  new Gauge({ name: "t_longest", help: "h", registers, aggregator: "max" }).set(inHand);
  const duration = new Histogram({ name: "t_seconds", help: "h", buckets: [0.1, 1], registers });
  for (let i = 0; i < requests; i++) duration.observe(0.25);
  const overTheChannel: MetricFigures = JSON.parse(JSON.stringify(await registry.getMetricsAsJSON()));
  return overTheChannel;
}

const linesOf = async (all: SummedMetrics) =>
  (await all.text()).split("\n").filter((line) => line.startsWith("t_") && !line.includes("le="));

describe("the metrics of several workers", () => {
  test("are sums, maxima where a sum would mean nothing, and histograms as one", async () => {
    const all = new SummedMetrics();
    all.saw(1, await figuresOf(3, 2));
    all.saw(2, await figuresOf(4, 5));
    expect(await linesOf(all)).toEqual([
      't_requests_total{operation="Get"} 7',
      "t_in_hand 7",
      "t_longest 5",
      "t_seconds_sum 1.75",
      "t_seconds_count 7",
    ]);
  });

  test("keep what a worker had counted when it ended, and not what it had in hand", async () => {
    const all = new SummedMetrics();
    all.saw(1, await figuresOf(3, 2));
    all.saw(2, await figuresOf(4, 5));
    all.endedOne(1);
    all.endedOne(2);
    all.saw(3, await figuresOf(1, 1));
    expect(await linesOf(all)).toEqual(
      expect.arrayContaining([
        't_requests_total{operation="Get"} 8',
        "t_in_hand 1",
        "t_longest 1",
        "t_seconds_count 8",
      ]),
    );
  });

  test("of a worker that ended before anybody looked are none", async () => {
    const all = new SummedMetrics();
    all.endedOne(1);
    expect(await linesOf(all)).toEqual([]);
  });
});

describe("the sum of pages", () => {
  test.for([
    [[1, 2, 3], 6],
    [
      [
        { a: 1, b: { c: 2 } },
        { a: 10, b: { c: 20, d: 5 } },
      ],
      { a: 11, b: { c: 22, d: 5 } },
    ],
    [
      [
        { name: "edge", n: 1 },
        { name: "edge", n: 1 },
      ],
      { name: "edge", n: 2 },
    ],
    [[[1], [2]], [1]],
    [[{ a: null }, { a: 1 }], { a: null }],
  ] as const)("%j is %j", ([values, sum]) => {
    expect(summed(values)).toEqual(sum);
  });
});
