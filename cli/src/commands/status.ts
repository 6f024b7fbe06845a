/** `holdfast status`: which services answer, as `nats micro` would find them. */
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { connectToMesh } from "../mesh-connection.ts";
import { table } from "../output.ts";

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
/** What a mesh cannot do without. */
const expected = ["auth", "multipart", "object-metadata", "s3-edge"];

export const statusCommand: Command = {
  name: "status",
  summary: "show which services answer, their versions and how many calls they had",
  details: "Exits with 1 when a service is missing.",
  async run(context) {
    await using nc = await connectToMesh(context);
    const [infos, stats] = await Promise.all([ask(nc, "$SRV.INFO", Info), ask(nc, "$SRV.STATS", Stats)]);
    const services = infos
      .map(({ endpoints, ...info }) => ({ ...info, endpoints: endpoints.length, ...totals(stats, info.id) }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
    const missing = expected.filter((name) => !services.some((service) => service.name === name));
    const rows = services.map(({ name, version, id, endpoints, requests, errors }) =>
      [name, version, id, endpoints, requests, errors].map(String),
    );
    context.output.result(
      { nats: { url: nc.getServer(), version: nc.info?.version ?? "" }, services, missing },
      `nats-server ${nc.info?.version ?? ""} at ${nc.getServer()}\n\n` +
        table(["SERVICE", "VERSION", "INSTANCE", "ENDPOINTS", "CALLS", "ERRORS"], rows),
    );
    if (missing.length > 0)
      throw new CliError(`no answer from ${missing.join(", ")}; is \`holdfast up\` running? see the logs`);
  },
};

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
