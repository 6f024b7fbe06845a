import { isAllowed } from "../policy/allowed-hosts.ts";
import type { AllowedHosts } from "../policy/allowed-hosts.ts";
import { addressText, canonicalText, isLoopback, isSpecial } from "./address.ts";
import type { SocketAddress } from "./address.ts";
import { socketError } from "./error-code.ts";
import type { HostNetwork } from "./host-network.ts";

export interface OutgoingSocketOptions {
  network: HostNetwork;
  /** names and addresses that may be connected to; names count for the addresses that the guest looked up by them */
  allowedHosts: AllowedHosts;
  /** names that may be looked up, written like those of `allowedHosts` */
  allowedIpNameLookups: readonly string[];
  /** ports of 127.0.0.1 and ::1 that are the host's own, and not the workload's */
  allowedHostLoopbackPorts: readonly number[];
}

/** Addresses that are remembered with the names they were looked up by. */
const maxResolved = 1_000;

/** What one instance may reach. Without options: the workload's own loopback and nothing else. */
export class SocketPolicy {
  readonly #outgoing: OutgoingSocketOptions | undefined;
  readonly #names = new Map<string, Set<string>>();

  constructor(outgoing: OutgoingSocketOptions | undefined) {
    this.#outgoing = outgoing;
  }

  /** Where a connection to an address goes: to the workload's loopback, or out. Throws `access-denied`. */
  route(address: SocketAddress): "loopback" | HostNetwork {
    const outgoing = this.#outgoing;
    if (isLoopback(address)) {
      return outgoing?.allowedHostLoopbackPorts.includes(address.val.port) === true ? outgoing.network : "loopback";
    }
    if (outgoing === undefined || !this.#isAllowed(address, outgoing.allowedHosts)) throw socketError("access-denied");
    return outgoing.network;
  }

  /** Who looks a name up for the guest. Throws `access-denied`. */
  lookup(name: string): HostNetwork {
    const outgoing = this.#outgoing;
    if (outgoing === undefined || !isAllowed(outgoing.allowedIpNameLookups, name, 0))
      throw socketError("access-denied");
    return outgoing.network;
  }

  /** An answer that the guest got: its names may be connected to by these addresses. */
  remember(name: string, addresses: readonly string[]): void {
    for (const address of addresses.map(canonicalText)) {
      if (this.#names.size >= maxResolved) return;
      this.#names.set(address, (this.#names.get(address) ?? new Set()).add(name));
    }
  }

  reset(): void {
    // clearing an empty map costs a new one
    if (this.#names.size > 0) this.#names.clear();
  }

  #isAllowed(address: SocketAddress, allowed: AllowedHosts): boolean {
    const text = addressText(address);
    const { port } = address.val;
    const isNamed = allowed !== "any" && isAllowed(allowed, text, port);
    // never by a rule for all, nor by what a name server says
    if (isNamed || isSpecial(address)) return isNamed;
    if (allowed === "any") return true;
    return [...(this.#names.get(text) ?? [])].some((name) => isAllowed(allowed, name, port));
  }
}
