import { endpoint, service } from "@holdfast/micro/contract";
import { z } from "zod";

export const s3Edge = service({
  name: "s3-edge",
  version: "1.0.0",
  description: "The S3 REST API over HTTP; holds no state",
  subject: "s3-edge.v1",
  endpoints: {
    DescribeEdge: endpoint({
      summary: "Where this edge answers S3, and what it is doing",
      input: z.object({}),
      output: z.object({
        /** As it listens: `http://127.0.0.1:9000`. */
        endpoint: z.string(),
        region: z.string(),
        inFlight: z.int(),
        /** Requests answered since the start, by operation. */
        requests: z.record(z.string(), z.int()),
      }),
      idempotent: true,
    }),
  },
});
