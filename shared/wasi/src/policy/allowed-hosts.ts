import { canonicalText } from "../sockets/address.ts";

/** Names and addresses that a guest may reach; `any` for all that policy does not forbid anyway. */
export type AllowedHosts = readonly string[] | "any";

/**
 * Whether an allow-list names a host. Compared without regard to case; `*.example.com` stands for every subdomain of
 * example.com and not for itself, as wasmCloud has it. An entry may carry a port: then only that one is meant.
 */
export function isAllowed(allowed: AllowedHosts, host: string, port: number): boolean {
  if (allowed === "any") return true;
  return allowed.some((entry) => matches(entry.toLowerCase(), host.toLowerCase(), port));
}

// the port after a name or a bracketed address; an address of IP version 6 without brackets has none
const withPort = /^(\[.*\]|[^:]*):([0-9]+)$/;

function matches(entry: string, host: string, port: number): boolean {
  const [, name = entry, entryPort] = withPort.exec(entry) ?? [];
  if (entryPort !== undefined && Number(entryPort) !== port) return false;
  const pattern = name.replace(/^\[|\]$/g, "");
  if (!pattern.startsWith("*.")) return canonicalText(pattern) === canonicalText(host);
  return host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}
