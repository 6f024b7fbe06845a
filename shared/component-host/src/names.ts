/** Names of the component model and what they are in JavaScript, by jco's convention. */

/** `set-path-with-query` is `setPathWithQuery`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `output-stream` is `OutputStream`. */
export function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** The name of a function: free, or one of a resource's. */
export type FunctionName =
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "constructor"; readonly resource: string }
  | { readonly kind: "method" | "static"; readonly resource: string; readonly name: string };

/** Reads `[method]output-stream.write`; anything without brackets is a free function. */
export function parseFunctionName(name: string): FunctionName {
  const match = /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(name);
  const [, kind, resource, member] = match ?? [];
  if (resource === undefined) return { kind: "function", name };
  if (kind === "constructor") return { kind, resource };
  if (member === undefined || (kind !== "method" && kind !== "static")) return { kind: "function", name };
  return { kind, resource, name: member };
}

/** `wasi:io/streams@0.2.6` apart: `wasi:io/streams` and `0.2.6`. */
export interface InterfaceName {
  readonly path: string;
  readonly version: string | undefined;
}

export function parseInterfaceName(name: string): InterfaceName {
  const at = name.indexOf("@");
  return at < 0 ? { path: name, version: undefined } : { path: name.slice(0, at), version: name.slice(at + 1) };
}

/**
 * What has to be equal for two versions to be compatible, by semver as wasmtime applies it: the major version, before
 * 1.0.0 the minor one, before 0.1.0 the patch; a pre-release (`0.2.0-draft`) is compatible with itself only.
 */
export function compatibilityKey(version: string): string {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (match === null) return version;
  const [, major, minor, patch] = match;
  if (major !== "0") return `${major}`;
  return minor === "0" ? `0.0.${patch}` : `0.${minor}`;
}

/**
 * The entry of `available` that satisfies the name: itself, one of a compatible version, or one without a version.
 */
export function findCompatible(name: string, available: Iterable<string>): string | undefined {
  const wanted = parseInterfaceName(name);
  let unversioned: string | undefined;
  let compatible: string | undefined;
  for (const candidate of available) {
    if (candidate === name) return candidate;
    const offered = parseInterfaceName(candidate);
    if (offered.path !== wanted.path || wanted.version === undefined) continue;
    if (offered.version === undefined) unversioned = candidate;
    else if (compatibilityKey(offered.version) === compatibilityKey(wanted.version)) compatible = candidate;
  }
  return compatible ?? unversioned;
}
