/** Registry credentials out of a Secret, in the form that the host protocol carries: a name and a password. */
import { dockerConfigKey } from "@holdfast/manifests";
import { credentialsFromDockerConfig, isOciError, parseReference } from "@holdfast/oci";

export type Login = { readonly username: string; readonly password: string };

/**
 * What to say to the image's registry; undefined when the Secret has nothing for it: the host then tries without. A Secret with `username`
 * and `password` (kubernetes.io/basic-auth) is for any registry.
 */
export function loginFor(image: string, secret: Readonly<Record<string, string>>): Login | undefined {
  const { username, password, [dockerConfigKey]: config } = secret;
  if (username !== undefined && password !== undefined) return { username, password };
  if (config === undefined) return undefined;
  try {
    const found = credentialsFromDockerConfig(config, parseReference(image).registry, "the imagePullSecret");
    return found?.kind === "basic" ? { username: found.username, password: found.password } : undefined;
  } catch (error) {
    if (isOciError(error)) return undefined;
    throw error;
  }
}
