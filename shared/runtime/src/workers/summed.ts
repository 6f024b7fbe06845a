/** What several workers show, as if they were one process. */
import { AggregatorRegistry } from "prom-client";
import { type MetricFigures, metrics } from "../metrics.ts";

/** Sums: what a worker counted stays counted when it ends, as far as anybody saw it, so that no counter ever goes back. */
export class SummedMetrics {
  /** What each worker showed last. */
  readonly #last = new Map<number, MetricFigures>();
  #ended: object[] = [];

  /** Takes what a worker shows now. */
  saw(worker: number, figures: MetricFigures): void {
    this.#last.set(worker, figures);
  }

  /** Keeps the counts of a worker that has ended; its gauges end with it. */
  endedOne(worker: number): void {
    const counts = this.#last.get(worker)?.filter(({ type }) => isCount(String(type))) ?? [];
    this.#last.delete(worker);
    this.#ended = AggregatorRegistry.aggregate([this.#ended, counts]).getMetricsAsArray();
  }

  /** The Prometheus text of all workers, those that have ended, and this process. */
  async text(): Promise<string> {
    const own = await metrics.figures();
    return AggregatorRegistry.aggregate([own, this.#ended, ...this.#last.values()]).metrics();
  }
}

const isCount = (type: string) => type === "counter" || type === "histogram";

/** The sum of values of one shape: numbers are added, members by their name; of everything else the first one's is shown. */
export function summed(values: readonly unknown[]): unknown {
  const [first] = values;
  if (values.every((value) => typeof value === "number")) return values.reduce((sum, value) => sum + value, 0);
  if (!values.every(isRecord)) return first;
  const names = new Set(values.flatMap((value) => Object.keys(value)));
  const sumOf = (name: string) => summed(values.flatMap((value) => (name in value ? [value[name]] : [])));
  return Object.fromEntries([...names].map((name) => [name, sumOf(name)]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
