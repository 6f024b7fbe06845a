/** The environment of the scheduler, besides what every service reads. */
import { duration } from "@holdfast/runtime";
import { isAbsolute } from "node:path";
import { z } from "zod";
import type { ReconcileRules } from "./domain/reconcile.ts";

const flag = (fallback: "true" | "false") => z.enum(["true", "false"]).default(fallback);

/** Several values, separated by commas. */
const items = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== ""),
  );
const folders = items.refine((paths) => paths.every((path) => isAbsolute(path)), "absolute paths only");

export const SchedulerConfig = z.object({
  HOLDFAST_DATA_DIR: z.string().default(".holdfast").describe("folder for the files of services that keep some"),
  HOLDFAST_SCHEDULER_REPLICAS: z.coerce
    .number()
    .pipe(z.union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5" }))
    .default(1)
    .describe("replicas of what the scheduler keeps, when it is made"),
  HOLDFAST_SCHEDULER_MASTER_KEY_FILE: z
    .string()
    .optional()
    .describe(
      "file with the master key that seals Secrets (32 bytes, base64, mode 0600), the same for all instances; default <data dir>/scheduler-master.key",
    ),
  HOLDFAST_SCHEDULER_MASTER_KEY_CREATE: flag("true").describe(
    "make the master key file when it is missing and no Secret was ever stored",
  ),
  HOLDFAST_SCHEDULER_HOST_GONE_AFTER: duration("60s", { atLeastMs: 1_000 }).describe(
    "a host without a heartbeat for so long is gone: its workloads move",
  ),
  HOLDFAST_SCHEDULER_HOST_SILENT_AFTER: duration("35s", { atLeastMs: 500 }).describe(
    "a host without a heartbeat for so long gets nothing new",
  ),
  HOLDFAST_SCHEDULER_MAX_CPU: z.coerce
    .number("must be a number of percent")
    .min(1)
    .max(100)
    .default(80)
    .describe("percent of CPU in use from which a host gets nothing new; 100: its CPU is not looked at"),
  HOLDFAST_SCHEDULER_ASSUMED_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(1)
    .default(32)
    .describe("what a component or service without memoryLimitMb counts for, in MiB"),
  HOLDFAST_SCHEDULER_MEMORY_SHARE: z.coerce
    .number()
    .min(0.01)
    .max(10)
    .default(0.9)
    .describe("share of a host's memory that the limits of its workloads may add up to"),
  HOLDFAST_SCHEDULER_ALLOW_SHARED_HOSTS: flag("true").describe(
    "false: a workload runs only on hosts whose environment is its namespace",
  ),
  HOLDFAST_SCHEDULER_MAX_PLACEMENTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe("workloads placed in one pass"),
  HOLDFAST_SCHEDULER_ARTIFACT_INTERVAL: duration("60s", { atLeastMs: 100 }).describe(
    "how often it is looked up what an Artifact's image stands for",
  ),
  HOLDFAST_SCHEDULER_INSECURE_REGISTRIES: items.describe(
    "registries (host:port, with commas) that are asked over plain http; those on this machine always are",
  ),
  HOLDFAST_SCHEDULER_FILE_ROOTS: folders.describe(
    "folders (with commas) whose file:// images the scheduler may read, so that an Artifact of one rolls out when the file changes",
  ),
  HOLDFAST_SCHEDULER_EVENT_RETENTION: duration("1d", { atLeastMs: 1_000 }).describe(
    "how long events are kept, when their stream is made",
  ),
});
export type SchedulerConfig = z.output<typeof SchedulerConfig>;

/** What the reconciler goes by. */
export function rulesOf(config: SchedulerConfig): ReconcileRules {
  return {
    goneAfterMs: config.HOLDFAST_SCHEDULER_HOST_GONE_AFTER,
    silentAfterMs: Math.min(config.HOLDFAST_SCHEDULER_HOST_SILENT_AFTER, config.HOLDFAST_SCHEDULER_HOST_GONE_AFTER),
    maxCpuPercent: config.HOLDFAST_SCHEDULER_MAX_CPU,
    assumedMemoryMb: config.HOLDFAST_SCHEDULER_ASSUMED_MEMORY_MB,
    memoryShare: config.HOLDFAST_SCHEDULER_MEMORY_SHARE,
    allowSharedHosts: config.HOLDFAST_SCHEDULER_ALLOW_SHARED_HOSTS === "true",
    maxPlacements: config.HOLDFAST_SCHEDULER_MAX_PLACEMENTS,
  };
}
