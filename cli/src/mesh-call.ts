/** Calls a service on behalf of a command: what the mesh answers as an error becomes a sentence. */
import { client, isMeshError } from "@holdfast/micro";
import type { Client, ServiceContract } from "@holdfast/micro/contract";
import { type NatsConnection, NoRespondersError, RequestError } from "@nats-io/transport-node";
import type { CommandContext } from "./command.ts";
import { CliError } from "./errors.ts";
import { connectToMesh } from "./mesh-connection.ts";

/** Runs the work with a client of the service; the connection is closed afterwards. */
export async function withService<C extends ServiceContract, T>(
  context: CommandContext,
  contract: C,
  work: (service: Client<C>) => Promise<T>,
): Promise<T> {
  await using nc = await connectToMesh(context);
  try {
    await findService(nc, contract.name);
    return await work(client(nc, contract));
  } catch (error) {
    throw explain(error, contract.name);
  }
}

/** The client waits for a service that is away for a moment; somebody at a terminal wants to know at once. */
async function findService(nc: NatsConnection, name: string): Promise<void> {
  try {
    await nc.request(`$SRV.PING.${name}`, "", { timeout: 2_000 });
  } catch (error) {
    if (error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())) {
      throw unavailable(name, error);
    }
    throw error;
  }
}

/** MeshError -> CliError; anything else as it is. */
export function explain(error: unknown, service: string): unknown {
  if (!isMeshError(error)) return error;
  if (error.code === "ServiceUnavailable") return unavailable(service, error);
  return new CliError(`${service}: ${error.message} (${error.code})`, { cause: error });
}

function unavailable(service: string, cause: unknown): CliError {
  return new CliError(`no ${service} answers: see holdfast status, and its log`, { cause });
}
