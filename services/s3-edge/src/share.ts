/** An edge may be several worker processes: together they keep the limits that the operator set for one. */
import { ConfigError } from "@holdfast/runtime";
import { type EdgeConfig, leastBytesInFlight } from "./config.ts";

/** As how many processes the edge runs. Throws ConfigError when so many cannot share the limits. */
export function edgeProcesses({
  HOLDFAST_EDGE_PROCESSES: processes,
  HOLDFAST_BYTES_IN_FLIGHT: bytes,
}: EdgeConfig): number {
  if (processes === 1 || bytes / processes >= leastBytesInFlight) return processes;
  const wanted = processes * leastBytesInFlight;
  throw new ConfigError([
    `HOLDFAST_BYTES_IN_FLIGHT: ${bytes} are too few for ${processes} processes; set at least ${wanted}, or lower HOLDFAST_EDGE_PROCESSES`,
  ]);
}

/** What one of the processes may use. */
export function shareOf(config: EdgeConfig): EdgeConfig {
  const share = (limit: number) => Math.floor(limit / config.HOLDFAST_EDGE_PROCESSES);
  return {
    ...config,
    HOLDFAST_BYTES_IN_FLIGHT: share(config.HOLDFAST_BYTES_IN_FLIGHT),
    HOLDFAST_CACHE_BYTES: share(config.HOLDFAST_CACHE_BYTES),
    HOLDFAST_MAX_REQUESTS: Math.max(1, share(config.HOLDFAST_MAX_REQUESTS)),
    HOLDFAST_MAX_CONNECTIONS: Math.max(1, share(config.HOLDFAST_MAX_CONNECTIONS)),
  };
}
