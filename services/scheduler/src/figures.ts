/**
 * What an operator's graphs show. Figures of the store come from the instance that leads: the view of another one is as old as the last
 * question that it was asked. Sum them over the instances.
 */
import { metrics } from "@holdfast/runtime";
import { HostTable } from "./domain/host-table.ts";
import type { SchedulerParts } from "./parts.ts";

type Parts = Pick<SchedulerParts, "store" | "lease" | "seen" | "limits" | "now">;

const passSeconds = metrics.histogram({
  name: "holdfast_scheduler_pass_seconds",
  help: "How long one look at everything took, with what was written of it",
});

/** Measures one pass, whether it succeeds or not. */
export async function timed<T>(pass: () => Promise<T>): Promise<T> {
  const end = passSeconds.startTimer();
  try {
    return await pass();
  } finally {
    end();
  }
}

/** Offers the figures of an instance at its admin port. */
export function exposeFigures({ store, lease, seen, limits, now }: Parts): void {
  const isLeading = () => lease.token !== undefined;
  metrics.gauge({
    name: "holdfast_scheduler_leading",
    help: "1 for the instance that leads; a sum of 0 for more than 5 s means that nobody does",
    collect() {
      this.set(isLeading() ? 1 : 0);
    },
  });
  const counted = (name: string, help: string, label: string, values: () => Iterable<string>) =>
    metrics.gauge({
      name,
      help,
      labels: [label],
      collect() {
        this.reset();
        if (isLeading()) for (const value of values()) this.inc({ [label]: value });
      },
    });
  counted(
    "holdfast_scheduler_workloads",
    "Workloads by phase; all but Running, Completed and Placed want a look",
    "phase",
    () => [...store.view.all("Workload")].map(({ record }) => record.status.phase),
  );
  counted("holdfast_scheduler_deployments", "Deployments by phase", "phase", () =>
    [...store.view.all("WorkloadDeployment")].map(({ record }) => record.status.phase),
  );
  counted("holdfast_scheduler_hosts", "Hosts that were heard of, by state", "state", () =>
    new HostTable(store.view, seen, limits, now()).all().map(({ condition }) => condition),
  );
}
