/** Registry credentials out of a Secret in the form of `docker config` (kubernetes.io/dockerconfigjson). */
import { dockerConfigKey } from "@holdfast/manifests";
import { z } from "zod";

const Login = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
});
const DockerConfig = z.object({ auths: z.record(z.string(), Login) });

export type Credentials = { readonly username: string; readonly password: string };

/** The registry of an image, as docker understands it: what has no host before its first slash is on docker.io. */
export function registryOf(image: string): string {
  const first = image.replace(/^oci:\/\//, "").split("/")[0] ?? "";
  const isHost = image.includes("/") && (first.includes(".") || first.includes(":") || first === "localhost");
  return isHost ? first : "docker.io";
}

/** `https://index.docker.io/v1/` is how docker names docker.io. */
function hostOf(entry: string): string {
  const host = entry.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

function fromAuth(auth: string): Credentials | undefined {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** What to say to the image's registry; undefined when the Secret has nothing for it. A Secret with `username` and `password` is for any. */
export function credentialsFor(image: string, secret: Readonly<Record<string, string>>): Credentials | undefined {
  const { username, password } = secret;
  if (username !== undefined && password !== undefined) return { username, password };
  const config = parse(secret[dockerConfigKey] ?? "");
  const registry = registryOf(image);
  const login = Object.entries(config?.auths ?? {}).find(([entry]) => hostOf(entry) === registry)?.[1];
  if (login === undefined) return undefined;
  if (login.username !== undefined && login.password !== undefined)
    return { username: login.username, password: login.password };
  return login.auth === undefined ? undefined : fromAuth(login.auth);
}

function parse(text: string): z.output<typeof DockerConfig> | undefined {
  try {
    return DockerConfig.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
