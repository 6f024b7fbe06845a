import { ComponentError } from "@holdfast/component-host";
import { isToken } from "./field-rules.ts";

/** `wasi:http/types.method`. */
export type Method = { tag: KnownMethod } | { tag: "other"; val: string };
type KnownMethod = "get" | "head" | "post" | "put" | "delete" | "connect" | "options" | "trace" | "patch";

/** `wasi:http/types.scheme`. */
export type Scheme = { tag: "HTTP" } | { tag: "HTTPS" } | { tag: "other"; val: string };

const names = ["get", "head", "post", "put", "delete", "connect", "options", "trace", "patch"] as const;
const known: ReadonlyMap<string, Method> = new Map(names.map((tag) => [tag.toUpperCase(), { tag }]));

/** A `result` without an error value that is an error. */
export const refused = new ComponentError(undefined);

export const toMethod = (name: string): Method => known.get(name) ?? { tag: "other", val: name };

/** The method's name on the wire; refused when it is none. */
export function methodName(method: Method): string {
  const name = method.tag === "other" ? method.val : method.tag.toUpperCase();
  if (!isToken(name)) throw refused;
  return name;
}

// RFC 3986, 3.1
const schemeSyntax = /^[a-z][a-z0-9+.-]*$/i;

export const schemeName = (scheme: Scheme): string => (scheme.tag === "other" ? scheme.val : scheme.tag).toLowerCase();

export function checkScheme(scheme: Scheme | undefined): void {
  if (scheme?.tag === "other" && !schemeSyntax.test(scheme.val)) throw refused;
}

// printable ASCII without "#": nothing that could end the request line or start another
const pathSyntax = /^[!"$-~]*$/;

export function checkPath(path: string | undefined): void {
  if (path !== undefined && !pathSyntax.test(path)) throw refused;
}

// host and port of RFC 3986, 3.2, without user information
const authoritySyntax = /^(\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+,;=%-]+)(?::[0-9]{0,5})?$/i;

export function checkAuthority(authority: string | undefined): void {
  if (authority !== undefined && !authoritySyntax.test(authority)) throw refused;
}
