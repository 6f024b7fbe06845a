/** What a primary and its workers say to each other, over the channel that a worker is forked with. */
import { z } from "zod";

export const ToWorker = z.discriminatedUnion("holdfast", [
  /** Which page of the admin port: `/healthz`, `/metrics` (as JSON, to be summed), `/stats`. */
  z.object({ holdfast: z.literal("ask"), question: z.int(), page: z.string() }),
  z.object({ holdfast: z.literal("stop") }),
]);
export type ToWorker = z.output<typeof ToWorker>;

/** What a process adds to its `ready` line. */
export const Ready = z.record(z.string(), z.string());
export type Ready = Readonly<Record<string, string>>;

export const FromWorker = z.discriminatedUnion("holdfast", [
  z.object({ holdfast: z.literal("ready"), ready: Ready }),
  z.object({ holdfast: z.literal("answer"), question: z.int(), status: z.int(), body: z.string() }),
]);
export type FromWorker = z.output<typeof FromWorker>;
