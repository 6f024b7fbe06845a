/** OCI registries on behalf of a command: docker's credentials, and errors that become a sentence. */
import {
  createRegistryClient,
  defaultDockerConfigPath,
  dockerConfigFile,
  type ImageReference,
  isOciError,
  parseReference,
  type RegistryClient,
} from "@holdfast/oci";
import type { CommandContext, Option } from "./command.ts";
import { CliError, UsageError } from "./errors.ts";
import { parseSeconds } from "./units.ts";

export const registryOptions: Readonly<Record<string, Option>> = {
  insecure: { help: "speak plain http to the registry (those on this machine need no asking)" },
  "docker-config": { value: "FILE", help: "where the registries' credentials lie (default: docker's own config.json)" },
  "pull-timeout": { value: "DURATION", help: "for each call to a registry (default 5m)" },
};

/** Runs the work with a client for the image that the text names. Throws UsageError for no reference, CliError for what a registry refuses. */
export async function withRegistry<T>(
  context: Pick<CommandContext, "options" | "env">,
  text: string,
  work: (client: RegistryClient, reference: ImageReference) => Promise<T>,
): Promise<T> {
  try {
    const reference = parseReference(text);
    return await work(registryClient(context, reference), reference);
  } catch (error) {
    if (isOciError(error, "InvalidReference")) throw new UsageError(error.message);
    if (isOciError(error)) throw new CliError(`${error.message} (${error.code})`, { cause: error });
    throw error;
  }
}

function registryClient(
  { options, env }: Pick<CommandContext, "options" | "env">,
  { registry }: ImageReference,
): RegistryClient {
  return createRegistryClient({
    credentials: dockerConfigFile(options.text("docker-config") ?? defaultDockerConfigPath(env)),
    insecureRegistries: options.flag("insecure") ? [registry] : [],
    timeoutMs: parseSeconds("--pull-timeout", options.text("pull-timeout") ?? "5m") * 1_000,
  });
}
