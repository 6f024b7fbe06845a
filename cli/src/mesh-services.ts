/** Which services answer, as `nats micro` would find them. */
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";

const Info = z.object({
  name: z.string(),
  id: z.string(),
  version: z.string(),
  endpoints: z.array(z.unknown()).default([]),
});
const Stats = z.object({
  id: z.string(),
  endpoints: z.array(z.object({ num_requests: z.number(), num_errors: z.number() })).nullish(),
});

export type ServiceInstance = {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  /** How many it has. */
  readonly endpoints: number;
  readonly requests: number;
  readonly errors: number;
};

/** What object storage cannot do without. */
export const expectedServices: readonly string[] = ["auth", "multipart", "object-metadata", "s3-edge"];

/** Every instance that answers, by name. */
export async function askServices(nc: NatsConnection): Promise<ServiceInstance[]> {
  const [infos, stats] = await Promise.all([ask(nc, "$SRV.INFO", Info), ask(nc, "$SRV.STATS", Stats)]);
  return infos
    .map(({ endpoints, ...info }) => ({ ...info, endpoints: endpoints.length, ...totals(stats, info.id) }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function totals(stats: readonly z.output<typeof Stats>[], id: string): { requests: number; errors: number } {
  const endpoints = stats.find((entry) => entry.id === id)?.endpoints ?? [];
  return {
    requests: endpoints.reduce((sum, { num_requests }) => sum + num_requests, 0),
    errors: endpoints.reduce((sum, { num_errors }) => sum + num_errors, 0),
  };
}

/** Everybody's answer; ends when nobody has answered for a while. */
async function ask<S extends z.ZodType>(nc: NatsConnection, subject: string, schema: S): Promise<z.output<S>[]> {
  const answers: z.output<S>[] = [];
  for await (const message of await nc.requestMany(subject, "", { strategy: "stall", maxWait: 2_000, stall: 300 })) {
    const parsed = schema.safeParse(message.json());
    if (parsed.success) answers.push(parsed.data);
  }
  return answers;
}
