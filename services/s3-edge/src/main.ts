import { s3Edge } from "@holdfast/contracts";
import { serve } from "@holdfast/micro";
import { runProcess } from "@holdfast/runtime";
import { config } from "./config.ts";
import { startHttp } from "./http/server.ts";
import { requestStats } from "./observe.ts";
import { handle } from "./pipeline.ts";
import { createEdge, readConnections } from "./service.ts";

await runProcess({
  name: s3Edge.name,
  config,
  async start({ config, nc, log, admin, connect }) {
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
  },
});
