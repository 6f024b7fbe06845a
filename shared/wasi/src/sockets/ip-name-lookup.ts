import { domainToASCII } from "node:url";
import { Pollable } from "../io/poll.ts";
import { Waiters } from "../io/waiters.ts";
import { parseAddress } from "./address.ts";
import type { IpAddress } from "./address.ts";
import { codeOf, socketError, wouldBlock } from "./error-code.ts";
import type { ErrorCode } from "./error-code.ts";
import type { SocketPolicy } from "./policy.ts";

/** `resolve-addresses`: an address is its own answer; a name is looked up when the policy has it. */
export function resolveAddresses(policy: SocketPolicy, name: string): ResolveAddressStream {
  const literal = parseAddress(name);
  if (literal !== undefined) return new ResolveAddressStream(Promise.resolve([name]));
  const ascii = domainToASCII(name).toLowerCase();
  if (ascii === "" || ascii.length > 253) throw socketError("invalid-argument");
  const network = policy.lookup(ascii);
  // the workload's own, without asking anybody
  if (ascii === "localhost") return new ResolveAddressStream(Promise.resolve(["127.0.0.1", "::1"]));
  const addresses = network.lookup(ascii).then((found) => {
    policy.remember(ascii, found);
    return found;
  });
  return new ResolveAddressStream(addresses);
}

/** `wasi:sockets/ip-name-lookup.resolve-address-stream`. */
export class ResolveAddressStream {
  readonly #waiters = new Waiters();
  #outcome: { tag: "waiting" } | { tag: "ok"; val: IpAddress[] } | { tag: "err"; val: ErrorCode } = { tag: "waiting" };

  constructor(addresses: Promise<readonly string[]>) {
    void this.#arrive(addresses);
  }

  resolveNextAddress(): IpAddress | undefined {
    if (this.#outcome.tag === "waiting") throw wouldBlock;
    if (this.#outcome.tag === "err") throw socketError(this.#outcome.val);
    return this.#outcome.val.shift();
  }

  subscribe(): Pollable {
    return new Pollable({
      isReady: () => this.#outcome.tag !== "waiting",
      onReady: (callback) => this.#waiters.add(callback),
    });
  }

  async #arrive(addresses: Promise<readonly string[]>): Promise<void> {
    try {
      const found = await addresses;
      this.#outcome = { tag: "ok", val: found.map(parseAddress).filter((each) => each !== undefined) };
    } catch (error) {
      this.#outcome = { tag: "err", val: codeOf(error, "permanent-resolver-failure") };
    }
    this.#waiters.wake();
  }
}
