/** Connects a command to the mesh, as the operator. */
import { type CommonConfig, commonConfig, ConfigError, connectNats, loadConfig, NatsUnusable } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/transport-node";
import type { CommandContext } from "./command.ts";
import { CliError, messageOf, UsageError } from "./errors.ts";
import { homeOf, readTextFile } from "./home.ts";
import { readMeshState } from "./mesh-state.ts";

/** True when the environment names a NATS cluster to use instead of the embedded server. */
export function usesExternalNats(env: NodeJS.ProcessEnv): boolean {
  return (env["HOLDFAST_NATS_URL"] ?? "") !== "";
}

/** The common settings, with a bad one told as wrong usage. */
export function readCommonConfig(env: NodeJS.ProcessEnv): CommonConfig {
  try {
    return loadConfig(commonConfig, env);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.problems.join("\nholdfast: "));
    throw error;
  }
}

/**
 * By HOLDFAST_NATS_URL and its companions when set, else by what `holdfast up` left in the data folder. The caller closes it
 * (`await using`).
 */
export async function connectToMesh(context: Pick<CommandContext, "options" | "env">): Promise<NatsConnection> {
  const config = readCommonConfig(usesExternalNats(context.env) ? context.env : await embedded(context));
  try {
    return await connectNats(config, "admin");
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.problems.join("\nholdfast: "));
    if (error instanceof NatsUnusable) throw new CliError(await whyUnusable(context, error), { cause: error });
    throw new CliError(`cannot connect to NATS: ${messageOf(error)}`, { cause: error });
  }
}

/** Of a mesh of our own that was stopped, the advice to check HOLDFAST_NATS_URL would lead nowhere. */
async function whyUnusable(context: Pick<CommandContext, "options" | "env">, error: NatsUnusable): Promise<string> {
  const home = homeOf(context);
  const isOthers = usesExternalNats(context.env) || (await readTextFile(home.runFile)) !== undefined;
  return isOthers ? error.message : `no mesh runs on ${home.path}: start it with holdfast up`;
}

async function embedded(context: Pick<CommandContext, "options" | "env">): Promise<NodeJS.ProcessEnv> {
  const home = homeOf(context);
  const state = await readMeshState(home);
  if (state?.natsUrl === undefined) {
    throw new CliError(
      `no mesh was ever started in ${home.path}: run holdfast up there, name its folder with --home, or set HOLDFAST_NATS_URL`,
    );
  }
  return {
    // the embedded server knows users and passwords only: whatever else the shell has set is for another one
    HOLDFAST_NATS_URL: state.natsUrl,
    HOLDFAST_NATS_USER: "admin",
    HOLDFAST_NATS_PASSWORD: state.passwords.admin,
  };
}
