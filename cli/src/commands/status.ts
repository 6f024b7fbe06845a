/** `holdfast status`: which services answer, as `nats micro` would find them. */
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { connectToMesh } from "../mesh-connection.ts";
import { askServices, expectedServices } from "../mesh-services.ts";
import { table } from "../output.ts";

export const statusCommand: Command = {
  name: "status",
  summary: "show which services answer, their versions and how many calls they had",
  details: "Exits with 1 when a service is missing.",
  async run(context) {
    await using nc = await connectToMesh(context);
    const services = await askServices(nc);
    const missing = expectedServices.filter((name) => !services.some((service) => service.name === name));
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
