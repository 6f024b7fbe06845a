/** Puts an edge together: its connections, the HTTP server, what operators see of it, and its end. */
import { s3Edge } from "@holdfast/contracts";
import { serve } from "@holdfast/micro";
import type { ProcessContext, RunningProcess } from "@holdfast/runtime";
import type { config } from "./config.ts";
import { startHttp } from "./http/server.ts";
import { requestStats } from "./observe.ts";
import { handle } from "./pipeline.ts";
import { createEdge, readConnections } from "./service.ts";
import { shareOf } from "./share.ts";

/** Rejects with ConfigError when it cannot listen. */
export async function startEdge({
  config: given,
  nc,
  log,
  admin,
  connect,
}: ProcessContext<(typeof config)["shape"]>): Promise<RunningProcess> {
  const config = shareOf(given);
  const reads = Array.from({ length: readConnections(config) }, (_, lane) => connect(`read-${lane + 1}`));
  const edge = createEdge({ config, log, nc, bulk: await connect("bulk"), reads: await Promise.all(reads) });
  const http = await startHttp(config, (exchange) => handle(edge, exchange));
  admin.addJson("/stats", () => ({
    ...requestStats(),
    heldSigningKeys: edge.signingKeys.size,
    heldBuckets: edge.buckets.size,
    bytesInFlight: edge.budget.used + edge.reads.used,
  }));
  // So that `nats micro` shows the edge beside the services it calls.
  const DescribeEdge = async () => ({ endpoint: http.url, region: config.HOLDFAST_REGION, ...requestStats() });
  const discovery = await serve(nc, s3Edge, { DescribeEdge }, { log });
  const drain = async () => {
    await http.close();
    await edge.background.settled();
    await discovery.drain();
  };
  return { drain, ready: { s3: http.url } };
}
