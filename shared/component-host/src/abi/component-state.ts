import { Trap } from "../errors.ts";
import { irrevocable } from "../repeatable.ts";
import { HandleTable } from "./handle-table.ts";
import type { ResourceOwner } from "./guest-resource.ts";

/** What all component instances of one root instance share. */
export interface SharedState {
  /** Set by the first trap; nothing can be called from then on. */
  trapped: unknown;
  /** Calls from the host that have not ended. */
  activeCalls: number;
  /** Calls from the host so far, destructors included. */
  calls: number;
  /** Part of the attempt that is under way: what it changes can be taken back. */
  isInAttempt: boolean;
  /** What may still be lifted in this call, bytes; lists that point at themselves could fill the host's memory. */
  liftBudget: number;
  readonly liftLimit: number;
  /** The resources that components of this root define, by the id of their type. */
  readonly owners: readonly (ResourceOwner | undefined)[];
}

/**
 * The state of a component instance that the canonical ABI asks for.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#component-instance-state
 */
export class ComponentState {
  readonly index: number;
  readonly shared: SharedState;
  readonly handles: HandleTable;
  /** False while a call is under way: an instance is entered by one call at a time. */
  mayEnter = true;
  /** False while the host writes into the guest or cleans up after it: `realloc` and post-return can not call out. */
  mayLeave = true;
  /** Whether a function it imports may suspend: then its exports are called by `WebAssembly.promising`. */
  maySuspend = false;
  /** Borrowed handles that the running call was given and has not dropped. */
  borrows = 0;
  /** Handles lent to calls that the instance makes, innermost last. */
  readonly lent: number[] = [];

  constructor(index: number, shared: SharedState, maxHandles: number) {
    this.index = index;
    this.shared = shared;
    this.handles = new HandleTable(maxHandles);
  }

  /** Begins a call of an export. */
  enter(): void {
    // an attempt leaves alone what is not part of it
    if (!this.shared.isInAttempt) irrevocable();
    if (this.shared.trapped !== undefined) {
      throw new Trap("the instance has trapped and can not be entered again", { cause: this.shared.trapped });
    }
    if (!this.mayEnter) throw new Trap("the instance can not be entered: a call is under way");
    this.mayEnter = false;
    this.shared.calls += 1;
  }

  /** As between calls, with no handles: the guest was left in the middle of one. */
  abandon(): void {
    this.mayEnter = true;
    this.mayLeave = true;
    this.borrows = 0;
    this.lent.length = 0;
    this.handles.clear();
  }

  /** Ends a call of an export that went well. */
  leave(): void {
    if (this.borrows !== 0) throw new Trap("borrowed handles were not dropped at the end of the call");
    this.mayEnter = true;
  }

  /** Accounts for values that the guest hands out. */
  spend(bytes: number): void {
    this.shared.liftBudget -= bytes;
    if (this.shared.liftBudget < 0) {
      throw new Trap(`one call hands out values of more than ${this.shared.liftLimit} bytes`);
    }
  }
}
