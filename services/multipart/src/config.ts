/** The environment of multipart, besides what every service reads. */
import { duration } from "@holdfast/runtime";
import { z } from "zod";

export const MultipartConfig = z.object({
  HOLDFAST_UPLOAD_EXPIRY: duration("7d", { atLeastMs: 1 }).describe(
    "age at which an upload that was neither completed nor aborted is aborted, such as 500ms, 10s, 12h, 7d",
  ),
  HOLDFAST_COMPLETED_RETENTION: duration("1d", { atLeastMs: 1_000 }).describe(
    "how long a repeated CompleteMultipartUpload is answered the same",
  ),
  HOLDFAST_MULTIPART_REPLICAS: z.coerce
    .number()
    .pipe(z.union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5" }))
    .default(1)
    .describe("replicas of the stream of uploads, when it is made"),
});
export type MultipartConfig = z.output<typeof MultipartConfig>;

/**
 * How often to sweep: ten times per expiry, but not more than once a second nor less than every ten minutes.
 * Milliseconds.
 */
export function sweepIntervalMs(expiryMs: number): number {
  return Math.min(600_000, Math.max(1_000, expiryMs / 10));
}
