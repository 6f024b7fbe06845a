import { isIPv4, isIPv6 } from "node:net";
import { socketError } from "./error-code.ts";

/** `ip-address-family`. */
export type Family = "ipv4" | "ipv6";

/** `ip-address`: four bytes, or eight groups of sixteen bits. */
export type IpAddress = { tag: "ipv4"; val: number[] } | { tag: "ipv6"; val: number[] };

/** `ip-socket-address`. */
export type SocketAddress =
  | { tag: "ipv4"; val: { port: number; address: number[] } }
  | { tag: "ipv6"; val: { port: number; flowInfo: number; address: number[]; scopeId: number } };

export const loopbackAddress = (family: Family, port: number): SocketAddress =>
  socketAddress(family === "ipv4" ? [127, 0, 0, 1] : [0, 0, 0, 0, 0, 0, 0, 1], port);

export function socketAddress(address: number[], port: number): SocketAddress {
  if (address.length === 4) return { tag: "ipv4", val: { port, address } };
  return { tag: "ipv6", val: { port, flowInfo: 0, address, scopeId: 0 } };
}

/** As text that node and allow-lists understand: IP version 6 in its shortest form. */
export function addressText({ tag, val }: IpAddress | SocketAddress): string {
  const parts = "address" in val ? val.address : val;
  if (tag === "ipv4") return parts.join(".");
  return canonicalText(parts.map((group) => group.toString(16)).join(":"));
}

/** One text for each address: what a person wrote in an allow-list and what a guest asks for become the same. */
export function canonicalText(address: string): string {
  if (!isIPv6(address)) return address;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

export function parseAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { tag: "ipv4", val: text.split(".").map(Number) };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = "", tail] = canonicalText(text).split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeroes = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return { tag: "ipv6", val: [...first, ...zeroes, ...last] };
}

export const isUnspecified = ({ val }: SocketAddress): boolean => val.address.every((part) => part === 0);

export const isLoopback = ({ tag, val: { address } }: SocketAddress): boolean =>
  tag === "ipv4" ? address[0] === 127 : address.every((group, i) => group === (i === 7 ? 1 : 0));

/** An address of IP version 4 in version 6's clothes: WASI forbids them, and they would slip past rules for version 4. */
export const isMapped = ({ tag, val: { address } }: SocketAddress): boolean =>
  tag === "ipv6" && address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);

/**
 * Addresses that only mean something on the host's own link, or to many at once: link-local ones, where clouds answer with
 * the host's credentials (169.254.169.254, fd00:ec2::254), broadcast and multicast.
 */
export function isSpecial({ tag, val: { address } }: SocketAddress): boolean {
  const [first = 0, second = 0] = address;
  if (tag === "ipv4") return first === 0 || first >= 224 || (first === 169 && second === 254);
  return first >= 0xff00 || (first & 0xffc0) === 0xfe80 || (first === 0xfd00 && second === 0x0ec2);
}

/** Refuses what is no address of this family. */
export function checkFamily(address: SocketAddress, family: Family): void {
  if (address.tag !== family || isMapped(address)) throw socketError("invalid-argument");
}

/** Refuses what nobody can be reached at. */
export function checkRemote(address: SocketAddress, family: Family): void {
  checkFamily(address, family);
  if (isUnspecified(address) || address.val.port === 0) throw socketError("invalid-argument");
}

export const isSameAddress = (a: SocketAddress, b: SocketAddress): boolean =>
  a.val.port === b.val.port && addressText(a) === addressText(b);
