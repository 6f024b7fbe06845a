import { type commonConfig, duration } from "@holdfast/runtime";
import { z } from "zod";

const timeout = (fallback: string) => duration(fallback, { atLeastMs: 1 });
const bytes = (fallback: number) => z.coerce.number().int().min(0).default(fallback);

/** Less than this cannot carry a few large objects at a time. */
export const leastBytesInFlight = 8 * 1024 ** 2;

/** What s3-edge can be told, besides what every process can. */
export const config = z.object({
  HOLDFAST_S3_HOST: z.string().default("127.0.0.1").describe("Address that the S3 API listens on"),
  HOLDFAST_S3_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(9000)
    .describe("Port of the S3 API; 0: a free one"),
  HOLDFAST_EDGE_PROCESSES: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Processes that share the S3 port and the limits below; for machines with cores to spare"),
  HOLDFAST_S3_DOMAIN: z
    .string()
    .optional()
    .describe("Domain whose subdomains are buckets (virtual-host style); several separated by commas"),
  HOLDFAST_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .default("us-east-1")
    .describe("The region that requests are signed for"),
  HOLDFAST_SHORT_BUCKET_NAMES: z
    .stringbool()
    .default(false)
    .describe("Take bucket names of one and two characters, which S3 refuses; `holdfast up` does"),
  HOLDFAST_TLS_CERT: z.string().optional().describe("Certificate file: the S3 API then speaks HTTPS only"),
  HOLDFAST_TLS_KEY: z.string().optional().describe("Key file of HOLDFAST_TLS_CERT"),
  HOLDFAST_HTTP_HEADERS_TIMEOUT: timeout("30s").describe("How long a client may take to send its headers"),
  HOLDFAST_HTTP_IDLE_TIMEOUT: timeout("60s").describe(
    "How long a body may stall in either direction before the connection is closed",
  ),
  HOLDFAST_HTTP_KEEP_ALIVE_TIMEOUT: timeout("2m").describe("How long an unused connection is kept"),
  HOLDFAST_MAX_REQUESTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_024)
    .describe("Requests in hand at once; beyond it the answer is 503 SlowDown"),
  HOLDFAST_MAX_CONNECTIONS: z.coerce
    .number()
    .int()
    .min(1)
    .default(8_192)
    .describe("Client connections at once; one more is closed as soon as it is made"),
  HOLDFAST_INLINE_BYTES: bytes(32 * 1024).describe(
    "Bodies up to this size travel with their record in one call; larger ones go to JetStream while they arrive",
  ),
  HOLDFAST_BYTES_IN_FLIGHT: z.coerce
    .number()
    .int()
    .min(leastBytesInFlight)
    .default(512 * 1024 ** 2)
    .describe("Bytes of all requests together that may be in memory on their way; windows shrink as it fills"),
  HOLDFAST_CACHE_BYTES: bytes(64 * 1024 ** 2).describe(
    "Memory for records and small objects read lately, each checked against its record at every use; 0: none",
  ),
  HOLDFAST_WINDOW_BYTES: bytes(4 * 1024 ** 2).describe("Bytes of one request that may be on their way to or from NATS"),
});
export type EdgeConfig = z.output<typeof config> & z.output<typeof commonConfig>;
