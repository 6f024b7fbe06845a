import { socketError } from "./error-code.ts";
import type { SocketPolicy } from "./policy.ts";
import type { VirtualLoopback } from "./virtual-loopback.ts";

/** What the sockets of one instance share: rules, loopback, and how many there may be. */
export class SocketContext {
  readonly policy: SocketPolicy;
  readonly mayListen: boolean;
  readonly #loopback: VirtualLoopback | undefined;
  readonly #max: number;
  readonly #open = new Set<Disposable>();

  constructor(policy: SocketPolicy, loopback: VirtualLoopback | undefined, mayListen: boolean, max: number) {
    this.policy = policy;
    this.mayListen = mayListen;
    this.#loopback = loopback;
    this.#max = max;
  }

  /** The workload's own; a workload of one component that nobody listens in has none. */
  loopback(): VirtualLoopback {
    if (this.#loopback === undefined) throw socketError("access-denied");
    return this.#loopback;
  }

  /** Throws `new-socket-limit`. */
  add(socket: Disposable): void {
    if (this.#open.size >= this.#max) throw socketError("new-socket-limit");
    this.#open.add(socket);
  }

  delete(socket: Disposable): void {
    this.#open.delete(socket);
  }

  reset(): void {
    this.policy.reset();
    // clearing an empty set costs a new one
    if (this.#open.size === 0) return;
    for (const socket of this.#open) socket[Symbol.dispose]();
    this.#open.clear();
  }
}
