/** The environment of host-agent, besides what every process reads. */
import { isHostId } from "@holdfast/host-protocol";
import { type CommonConfig, duration } from "@holdfast/runtime";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { metadataServices, networkList } from "./machine/networks.ts";

const count = (fallback: number, least = 1) => z.coerce.number().int().min(least).default(fallback);
const MiB = 1024 ** 2;

const items = (text: string) =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

/** Absolute paths, separated by commas. */
const paths = z
  .string()
  .default("")
  .transform((text, context) => {
    for (const path of items(text)) {
      if (!isAbsolute(path)) context.addIssue({ code: "custom", message: `${path} is no absolute path` });
    }
    return items(text);
  });

const networks = z
  .string()
  .default(metadataServices.join(","))
  .transform((text, context) => {
    for (const network of items(text)) {
      try {
        networkList([network]);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        context.addIssue({ code: "custom", message: error.message });
      }
    }
    return items(text);
  });

/** `name=value,name=value` */
const labels = z
  .string()
  .default("")
  .transform((text, context) => {
    const found: Record<string, string> = {};
    for (const item of items(text)) {
      const [name = "", value] = item.split(/=(.*)/s, 2);
      if (!/^[\w./-]{1,128}$/.test(name) || value === undefined) {
        context.addIssue({ code: "custom", message: `${JSON.stringify(item)} is no label such as zone=eu-1` });
      } else found[name] = value;
    }
    return found;
  });

export const HostAgentConfig = z.object({
  HOLDFAST_HOST_ID: z
    .string()
    .refine(isHostId, "letters, digits, _ and - only")
    .optional()
    .describe("Id of this host; without it one is made and kept in the data folder"),
  HOLDFAST_HOST_NAME: z.string().max(128).default("").describe("Friendly name; the machine's host name without it"),
  HOLDFAST_HOST_GROUP: z.string().max(128).default("default").describe("The label `hostgroup`"),
  HOLDFAST_HOST_LABELS: labels.describe("Further labels for placement: `zone=eu-1,disk=ssd`"),
  HOLDFAST_HOST_HEARTBEAT_INTERVAL: duration("15s", { atLeastMs: 100 }).describe(
    "How often it says that it lives; a scheduler that hears nothing for its HOLDFAST_SCHEDULER_HOST_GONE_AFTER moves its workloads",
  ),
  HOLDFAST_HOST_ENVIRONMENT: z.string().max(128).default("").describe("Environment this host belongs to"),
  HOLDFAST_HOST_HTTP_HOST: z.string().default("127.0.0.1").describe("Address that workloads' HTTP listens on"),
  HOLDFAST_HOST_HTTP_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8000)
    .describe("Port of workloads' HTTP; 0: a free one"),
  HOLDFAST_HOST_HTTP_CERT: z.string().optional().describe("Certificate file: workloads' HTTP is then HTTPS only"),
  HOLDFAST_HOST_HTTP_KEY: z.string().optional().describe("Key file of HOLDFAST_HOST_HTTP_CERT"),
  HOLDFAST_HOST_VOLUME_ROOTS: paths.describe("Folders inside which hostPath volumes may lie; none: no hostPath"),
  HOLDFAST_HOST_VOLUME_BYTES: count(1024 ** 3).describe("Bytes that one emptyDir volume may hold"),
  HOLDFAST_HOST_FILE_ROOTS: paths.describe("Folders inside which file:// images may lie; none: no file://"),
  HOLDFAST_HOST_INSECURE_REGISTRIES: z
    .string()
    .default("")
    .transform(items)
    .describe("Registries (host:port) that may be asked over plain HTTP"),
  HOLDFAST_HOST_DOCKER_CONFIG: z
    .string()
    .optional()
    .describe("Docker configuration file with credentials for registries; workloads without their own use these"),
  HOLDFAST_HOST_DEFAULT_BACKEND: z
    .enum(["nats", "memory"])
    .default("nats")
    .describe("Backend of interfaces whose hostInterfaces entry names none; `memory` is for trying things out"),
  HOLDFAST_HOST_KEYVALUE_REPLICAS: z.coerce
    .number()
    .pipe(z.union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5" }))
    .default(1)
    .describe("Replicas of the NATS KV buckets that are made for components"),
  HOLDFAST_HOST_DENIED_NETWORKS: networks.describe(
    "Networks and addresses that no component reaches, whatever its manifest allows; by default where clouds keep credentials",
  ),
  HOLDFAST_HOST_PLUGINS: paths.describe(
    "Files of further interfaces (docs/plugins.md), separated by commas; they run with the host's own rights",
  ),
  HOLDFAST_HOST_CACHE_BYTES: count(2 * 1024 ** 3, 0).describe("Disk for images; those used longest ago go first"),
  HOLDFAST_HOST_IMAGE_BYTES: count(256 * MiB).describe("Largest image"),
  HOLDFAST_HOST_PULL_TIMEOUT: duration("30s", { atLeastMs: 1 }).describe("How long the pull of one image may take"),
  HOLDFAST_HOST_START_TIMEOUT: duration("55s", { atLeastMs: 1 }).describe("How long a workload's start may take"),
  HOLDFAST_HOST_MAX_WORKLOADS: count(1_000).describe("Workloads at once; one more is refused"),
  HOLDFAST_HOST_MEMORY_LIMIT_MB: count(256).describe("MiB of one component's memory unless its workload asks for less"),
  HOLDFAST_HOST_WORKLOAD_MEMORY_MB: count(1_024).describe(
    "MiB that all instances of one workload may hold while they run calls: beyond it calls wait, at twice that its worker is ended",
  ),
  HOLDFAST_HOST_HEAP_LIMIT_MB: count(256).describe("MiB of JavaScript heap of one workload's worker"),
  HOLDFAST_HOST_CALL_TIMEOUT: duration("60s", { atLeastMs: 1 }).describe("How long one call of a component may take"),
  HOLDFAST_HOST_CPU_TIMEOUT: duration("5s", { atLeastMs: 10 }).describe(
    "CPU time a component may burn without yielding; then its worker is ended and started anew",
  ),
  HOLDFAST_HOST_STOP_GRACE: duration("15s").describe("How long a stopping workload may finish the calls in hand"),
  HOLDFAST_HOST_MAX_CALLS: count(256).describe("Calls in hand at once, of one workload"),
  HOLDFAST_HOST_MAX_QUEUE: count(1_024, 0).describe("Calls that wait, of one workload; beyond it the answer is 503"),
  HOLDFAST_HOST_MAX_BODY_BYTES: count(1024 ** 3, 0).describe("Largest HTTP body, in each direction"),
  HOLDFAST_HOST_IDLE_TIMEOUT: duration("5m", { atLeastMs: 1 }).describe(
    "How long nothing may be heard on an HTTP connection in the middle of a request or response; then it is closed",
  ),
  HOLDFAST_HOST_LOG_LINES: count(2_000).describe("Lines kept of each workload's log"),
});
export type HostAgentConfig = z.output<typeof HostAgentConfig> & CommonConfig;

/** The limits of one workload. */
export function limitsOf(config: HostAgentConfig) {
  return {
    maxCalls: config.HOLDFAST_HOST_MAX_CALLS,
    maxQueue: config.HOLDFAST_HOST_MAX_QUEUE,
    callTimeoutMs: config.HOLDFAST_HOST_CALL_TIMEOUT,
    logLines: config.HOLDFAST_HOST_LOG_LINES,
    stopGraceMs: config.HOLDFAST_HOST_STOP_GRACE,
  };
}
