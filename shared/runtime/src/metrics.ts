/** One Prometheus registry per process: a process is one service, so nothing needs to be passed around. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Seconds: from a cached answer to a large upload. */
export const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

const registry = new Registry();

type MetricSettings = { name: string; help: string; labels?: readonly string[] };

/** One figure of a counter, for hot paths: adding to it is an addition, and the registry learns of it when somebody looks. */
export class Tally {
  #waiting = 0;

  add(value = 1): void {
    this.#waiting += value;
  }

  /** What was added since the last time. */
  take(): number {
    const taken = this.#waiting;
    this.#waiting = 0;
    return taken;
  }
}

/** The figure for these values of a counter's labels: ask once, keep it. */
export type Tallies = (...labelValues: readonly string[]) => Tally;

const talliesByName = new Map<string, Tallies>();

function makeTallies({ name, help, labels = [] }: MetricSettings): Tallies {
  const known = new Map<string, { values: readonly string[]; tally: Tally }>();
  const counter = new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [],
    collect() {
      for (const { values, tally } of known.values()) this.labels(...values).inc(tally.take());
    },
  });
  registry.registerMetric(counter);
  return (...values) => {
    const key = values.join("\n");
    let entry = known.get(key);
    if (entry === undefined) known.set(key, (entry = { values, tally: new Tally() }));
    return entry.tally;
  };
}

/** All metrics with their values; JSON keeps them as they are. */
export type MetricFigures = Awaited<ReturnType<typeof registry.getMetricsAsJSON>>;

/** Metric makers on the process's registry; a name made twice is the same metric. */
export const metrics = {
  counter({ name, help, labels = [] }: MetricSettings): Counter {
    const known = registry.getSingleMetric(name);
    return known instanceof Counter
      ? known
      : new Counter({ name, help, labelNames: [...labels], registers: [registry] });
  },
  /** A counter whose figures are resolved once per label values. */
  tallies(settings: MetricSettings): Tallies {
    let tallies = talliesByName.get(settings.name);
    if (tallies === undefined) talliesByName.set(settings.name, (tallies = makeTallies(settings)));
    return tallies;
  },
  gauge({
    name,
    help,
    labels = [],
    collect,
    aggregator = "sum",
  }: MetricSettings & {
    collect?: (this: Gauge) => void | Promise<void>;
    /** What several worker processes show as one. */
    aggregator?: "sum" | "max";
  }): Gauge {
    const known = registry.getSingleMetric(name);
    if (known instanceof Gauge) return known;
    const labelNames = [...labels];
    return new Gauge({ name, help, labelNames, registers: [registry], aggregator, ...(collect && { collect }) });
  },
  histogram({ name, help, labels = [], buckets = latencyBuckets }: MetricSettings & { buckets?: number[] }): Histogram {
    const known = registry.getSingleMetric(name);
    if (known instanceof Histogram) return known;
    return new Histogram({ name, help, labelNames: [...labels], buckets, registers: [registry] });
  },
  /** The Prometheus text of everything. */
  text: () => registry.metrics(),
  /** The same as values, to be summed with those of other processes. */
  figures: (): Promise<MetricFigures> => registry.getMetricsAsJSON(),
  contentType: registry.contentType,
};
export type Metrics = typeof metrics;

const roundTrips = metrics.tallies({
  name: "holdfast_nats_round_trips_total",
  help: "Requests to NATS (service calls, JetStream publishes and reads) that were waited for",
  labels: ["operation"],
});
const roundTripsOf = new Map<string, Tally>();

/** Counts one request to NATS that somebody waits for: `auth/GetSigningKey`, `jetstream/publish`, ... */
export function countRoundTrip(operation: string): void {
  let tally = roundTripsOf.get(operation);
  if (tally === undefined) roundTripsOf.set(operation, (tally = roundTrips(operation)));
  tally.add();
}

/** Node's own figures and the delay of the event loop; once per process. */
export function collectProcessMetrics(): void {
  collectDefaultMetrics({ register: registry });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const longest = metrics.gauge({
    name: "holdfast_event_loop_delay_max_seconds",
    help: "Longest delay of the event loop since the last scrape; above 1 s something blocks the process",
    aggregator: "max",
  });
  metrics.gauge({
    name: "holdfast_event_loop_delay_p99_seconds",
    help: "99th percentile of the event loop's delay since the last scrape; should stay below 0.1 s",
    aggregator: "max",
    collect() {
      this.set(delay.percentile(99) / 1e9);
      longest.set(delay.max / 1e9);
      delay.reset();
    },
  });
}
