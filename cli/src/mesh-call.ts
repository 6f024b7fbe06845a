/** Calls a service on behalf of a command: what the mesh answers as an error becomes a sentence. */
import { client, isMeshError } from "@holdfast/micro";
import type { Client, ServiceContract } from "@holdfast/micro/contract";
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
    return await work(client(nc, contract));
  } catch (error) {
    throw explain(error, contract.name);
  }
}

/** MeshError -> CliError; anything else as it is. */
export function explain(error: unknown, service: string): unknown {
  if (!isMeshError(error)) return error;
  if (error.code === "ServiceUnavailable") {
    return new CliError(`no ${service} answers: see holdfast status, and its log`, { cause: error });
  }
  return new CliError(`${service}: ${error.message} (${error.code})`, { cause: error });
}
