import type { Sealer } from "@holdfast/runtime";
import type { HostLimits } from "./domain/host-table.ts";
import type { EventLog } from "./event-log.ts";
import type { Lease } from "./lease.ts";
import type { ObjectStore } from "./object-store.ts";
import type { SeenHosts } from "./seen-hosts.ts";
import type { Reports } from "./reports.ts";

/** What the endpoints work with. */
export type SchedulerParts = {
  readonly store: ObjectStore;
  readonly events: EventLog;
  readonly lease: Lease;
  readonly seen: SeenHosts;
  readonly reports: Reports;
  readonly sealer: Sealer;
  readonly limits: HostLimits;
  readonly instance: string;
  readonly newUid: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};
