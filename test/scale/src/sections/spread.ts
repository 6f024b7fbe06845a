/** How many calls each instance of a service has served: `$SRV.STATS`, as `nats micro stats` shows it. */
import type { NatsConnection } from "@nats-io/nats-core";

/** By instance id. */
export type Calls = Readonly<Record<string, number>>;
type Stats = { id: string; endpoints?: { num_requests?: number }[] };

/** All instances that answer within half a second. */
export async function callsByInstance(admin: NatsConnection, service: string): Promise<Calls> {
  const calls: Record<string, number> = {};
  const answers = await admin.requestMany(`$SRV.STATS.${service}`, undefined, { strategy: "timer", maxWait: 500 });
  for await (const answer of answers) {
    const { id, endpoints = [] } = answer.json<Stats>();
    calls[id] = endpoints.reduce((sum, { num_requests: count = 0 }) => sum + count, 0);
  }
  return calls;
}

export const added = (before: Calls, after: Calls): Calls =>
  Object.fromEntries(Object.entries(after).map(([id, calls]) => [id, calls - (before[id] ?? 0)]));
