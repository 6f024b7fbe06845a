/**
 * host-agent: one machine that runs workloads. Each host answers on subjects of its own, `host-agent.v1.<hostId>.<Operation>`: ask it by
 * `client(nc, hostAgent, { instance: hostId })`. The first four operations are wasmCloud's host protocol again
 * (`runtime.host.<hostId>.*`, shared/host-protocol), with schemas.
 */
import {
  HostHeartbeat,
  hostStates,
  Workload,
  WorkloadIdRequest,
  WorkloadStartRequest,
  WorkloadState,
  WorkloadStatusReply,
} from "@holdfast/host-protocol";
import { endpoint, service } from "@holdfast/micro/contract";
import { z } from "zod";
import { EpochMs } from "./common.ts";

const ComponentReport = z.object({
  name: z.string(),
  image: z.string(),
  /** Of the bytes that run: `sha256:<hex>`. */
  digest: z.string(),
  imports: z.array(z.string()),
  exports: z.array(z.string()),
  calls: z.int().describe("calls begun"),
  failures: z.int().describe("calls that trapped or ran out of time"),
});

export const WorkloadReport = z.object({
  workloadId: z.string(),
  namespace: z.string(),
  name: z.string(),
  state: WorkloadState,
  message: z.string(),
  startedAt: EpochMs,
  /** Of the worker thread or process, after it was ended for overrunning or crashed; and of the service. */
  restarts: z.int(),
  components: z.array(ComponentReport),
});
export type WorkloadReport = z.output<typeof WorkloadReport>;

export const LogLine = z.object({
  /** Counts up by one in a workload's log. */
  sequence: z.int().min(1),
  time: EpochMs,
  component: z.string(),
  level: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]),
  /** `stdout`, `stderr`, or what the component said to wasi:logging. */
  context: z.string(),
  message: z.string(),
});
export type LogLine = z.output<typeof LogLine>;

const NoSuchWorkload = { NoSuchWorkload: { status: 404 } } as const;
const workloadId = z.string().min(1).max(256);

export const hostAgent = service({
  name: "host-agent",
  version: "1.0.0",
  description:
    "Runs WebAssembly workloads on one machine; each host answers on its own host-agent.v1.<hostId>.<Operation>",
  subject: "host-agent.v1",
  endpoints: {
    Heartbeat: endpoint({
      summary: "What this host publishes every 15 s, as of now",
      input: z.object({}),
      output: HostHeartbeat,
      idempotent: true,
    }),
    StartWorkload: endpoint({
      summary: "Pull, link and run a workload; a start that fails is a status with WORKLOAD_STATE_ERROR and the reason",
      input: WorkloadStartRequest,
      output: WorkloadStatusReply,
      idempotent: false,
      timeoutMs: 60_000,
    }),
    WorkloadStatus: endpoint({
      summary: "The state of a workload; WORKLOAD_STATE_NOT_FOUND for one that is not here",
      input: WorkloadIdRequest,
      output: WorkloadStatusReply,
      idempotent: true,
    }),
    StopWorkload: endpoint({
      summary: "Begin to stop a workload and free its id",
      input: WorkloadIdRequest,
      output: WorkloadStatusReply,
      idempotent: false,
      timeoutMs: 30_000,
    }),
    Inspect: endpoint({
      summary: "This host: its heartbeat, its state, its limits, what it offers",
      input: z.object({}),
      output: z.object({
        heartbeat: HostHeartbeat,
        state: z.enum(hostStates),
        httpUrl: z.string(),
        limits: z.record(z.string(), z.number()),
        plugins: z.array(z.string()),
      }),
      idempotent: true,
    }),
    ListWorkloads: endpoint({
      summary: "All workloads on this host",
      input: z.object({}),
      output: z.object({ workloads: z.array(WorkloadReport) }),
      idempotent: true,
    }),
    DescribeWorkload: endpoint({
      summary:
        "One workload with the manifest it was started with; values of environment, config and secrets are left out",
      input: z.object({ workloadId }),
      output: z.object({ report: WorkloadReport, workload: Workload }),
      errors: NoSuchWorkload,
      idempotent: true,
    }),
    Logs: endpoint({
      summary: "Lines of a workload's log, oldest first; with `waitMs` the answer waits until there is one",
      input: z.object({
        workloadId,
        after: z.int().min(0).default(0).describe("only lines with a higher sequence"),
        limit: z.int().min(1).max(1_000).default(200),
        tail: z.boolean().default(false).describe("the newest `limit` lines instead of the oldest"),
        waitMs: z.int().min(0).max(30_000).default(0),
      }),
      output: z.object({
        lines: z.array(LogLine),
        /** Lines after `after` that are no longer kept. */
        dropped: z.int().min(0),
        /** False when the workload has ended: nothing more will come. */
        isOpen: z.boolean(),
      }),
      errors: NoSuchWorkload,
      idempotent: true,
      timeoutMs: 35_000,
    }),
    Drain: endpoint({
      summary: "Refuse starts from now on and say so in the heartbeats; what runs goes on until it is stopped",
      input: z.object({ isDraining: z.boolean().default(true).describe("false: take starts again") }),
      output: z.object({ state: z.enum(hostStates) }),
      idempotent: true,
    }),
  },
});
