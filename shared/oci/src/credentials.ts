/**
 * Credentials for registries, and docker's configuration file (`docker login`, Kubernetes pull secrets of type dockerconfigjson):
 * https://docs.docker.com/reference/cli/docker/login/#configure-the-credential-store.
 *
 * Gap: credential helpers are other programs, and are not run. Where one is configured for a registry, its name is in the error.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { OciError } from "./errors.ts";

export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An identity token, exchanged for access tokens by OAuth 2. */
  | { readonly kind: "refresh"; readonly token: string }
  /** A registry token, sent as it is. */
  | { readonly kind: "bearer"; readonly token: string };

/** What to use for a registry (`host[:port]`); undefined: nothing, ask anonymously. */
export type CredentialSource = (registry: string) => Promise<Credentials | undefined> | Credentials | undefined;

const AuthEntry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

const DockerConfig = z.object({
  auths: z.record(z.string(), AuthEntry).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

const maxConfigLength = 1024 * 1024;

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function defaultDockerConfigPath(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
}

/** Reads a docker configuration file each time it is asked, so that a later `docker login` counts. No file: no credentials. */
export function dockerConfigFile(path: string): CredentialSource {
  return async (registry) => {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw new OciError("BadCredentials", `cannot read ${path}`, { cause: error });
    });
    return text === undefined ? undefined : credentialsFromDockerConfig(text, registry, path);
  };
}

/** The credentials for a registry in the text of a docker configuration. `where` names it in errors (BadCredentials). */
export function credentialsFromDockerConfig(text: string, registry: string, where: string): Credentials | undefined {
  const { auths, credHelpers, credsStore } = parseConfig(text, where);
  const helper = lookUp(credHelpers, registry);
  if (helper !== undefined) throw needsHelper(where, registry, helper);
  const entry = lookUp(auths, registry);
  if (entry === undefined) return undefined;
  const found = fromEntry(entry, where, registry);
  // with a store, docker leaves an empty entry as the sign that the store holds the password
  if (found === undefined && credsStore !== undefined) throw needsHelper(where, registry, credsStore);
  return found;
}

function parseConfig(text: string, where: string): z.infer<typeof DockerConfig> {
  try {
    if (text.length > maxConfigLength) throw new Error("too long");
    return DockerConfig.parse(JSON.parse(text));
  } catch {
    // the cause would show the file's text, which holds secrets
    throw new OciError(
      "BadCredentials",
      `${where} is no docker configuration: expected {"auths": {"<registry>": {"auth": "..."}}}`,
    );
  }
}

/** Keys are hosts, or URLs as older dockers wrote them: `https://index.docker.io/v1/`. */
function lookUp<T>(entries: Readonly<Record<string, T>>, registry: string): T | undefined {
  const wanted = registry === "docker.io" ? ["docker.io", "index.docker.io", "registry-1.docker.io"] : [registry];
  const found = Object.entries(entries).find(([key]) => wanted.includes(hostOf(key)));
  return found?.[1];
}

const hostOf = (key: string) =>
  key
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/, "")
    .toLowerCase();

function fromEntry(entry: z.infer<typeof AuthEntry>, where: string, registry: string): Credentials | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (registrytoken) return { kind: "bearer", token: registrytoken };
  if (identitytoken) return { kind: "refresh", token: identitytoken };
  if (username && password !== undefined) return { kind: "basic", username, password };
  if (!auth) return undefined;
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 1) throw new OciError("BadCredentials", `${where}: "auth" of ${registry} is not base64 of user:password`);
  // docker pads some with zero bytes
  return { kind: "basic", username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") };
}

function needsHelper(where: string, registry: string, helper: string): OciError {
  return new OciError(
    "BadCredentials",
    `${where} leaves ${registry} to the credential helper "docker-credential-${helper}", which is not run; put the credentials under "auths"`,
  );
}
