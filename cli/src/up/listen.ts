/** Where the S3 endpoint listens. */
import { type CommandContext, parseInteger } from "../command.ts";
import { CliError } from "../errors.ts";
import { isPortFree } from "./ports.ts";

const usualPort = 9000;

export type Listen = { readonly host: string; readonly port: number; readonly asked: boolean };

/** `--host` and `--port`, else HOLDFAST_S3_HOST and HOLDFAST_S3_PORT, else 127.0.0.1:9000. */
export function listenAddress({ options, env }: Pick<CommandContext, "options" | "env">): Listen {
  const host = options.text("host") ?? (env["HOLDFAST_S3_HOST"] || "127.0.0.1");
  const fromEnvironment = env["HOLDFAST_S3_PORT"];
  const range = { min: 0, max: 65_535 };
  const port =
    options.integer("port", range) ??
    (fromEnvironment ? parseInteger("HOLDFAST_S3_PORT", fromEnvironment, range) : undefined);
  return { host, port: port ?? usualPort, asked: port !== undefined };
}

/** Throws CliError when something listens there already. */
export async function refuseBusyPort({ host, port, asked }: Listen): Promise<void> {
  if (port === 0 || (await isPortFree(port, host))) return;
  const which = asked ? "" : ", the default,";
  throw new CliError(
    `port ${port}${which} on ${host} is in use: end what listens there, or choose another with --port`,
  );
}

/** The address to give to clients on this machine: nobody connects to "any address". */
export function clientEndpoint(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
