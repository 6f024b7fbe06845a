/** The environment of multipart, besides what every service reads. */
import { z } from "zod";
import { parseDuration } from "./domain/duration.ts";

const duration = (atLeastMs: number, example: string) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= atLeastMs) return ms;
    context.addIssue({
      code: "custom",
      message: `is no duration of at least ${atLeastMs} ms, write it like ${example}`,
    });
    return z.NEVER;
  });

export const MultipartConfig = z.object({
  HOLDFAST_UPLOAD_EXPIRY: duration(1, "7d")
    .prefault("7d")
    .describe("age at which an upload that was neither completed nor aborted is aborted, such as 500ms, 10s, 12h, 7d"),
  HOLDFAST_COMPLETED_RETENTION: duration(1000, "1d")
    .prefault("1d")
    .describe("how long a repeated CompleteMultipartUpload is answered the same"),
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
