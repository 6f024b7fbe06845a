import { Trap } from "../errors.ts";
import type { ResourceType } from "../types/value-types.ts";

/** A slot of the table; slots are used again, so that a handle costs no allocation. */
interface Slot {
  /** Undefined while the slot is free. */
  resource: ResourceType | undefined;
  /** The host's object, or the i32 by which the component that defines the resource knows it. */
  rep: unknown;
  isOwn: boolean;
  /** Calls under way that borrow from this handle. */
  lends: number;
}

/** A handle that was live when the table was saved. */
interface SavedHandle {
  readonly index: number;
  readonly resource: ResourceType;
  readonly rep: unknown;
  readonly isOwn: boolean;
}

/** The table at one moment. */
export interface SavedHandles {
  readonly live: readonly SavedHandle[];
  readonly free: readonly number[];
  readonly next: number;
}

/**
 * The handles of one component instance.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#table-state
 * Handle 0 is never given out. What breaks a rule traps.
 */
export class HandleTable {
  readonly #slots: Slot[] = [{ resource: undefined, rep: undefined, isOwn: false, lends: 0 }];
  readonly #limit: number;
  /** Numbers below {@link #next} that are free, last freed last; the first {@link #freeCount} count. */
  readonly #free: number[] = [];
  #freeCount = 0;
  /** All numbers from here on are free. */
  #next = 1;
  #live = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Handles in use. */
  get live(): number {
    return this.#live;
  }

  add(resource: ResourceType, rep: unknown, isOwn: boolean): number {
    const index = this.#takeNumber();
    const slot = this.#slots[index];
    if (slot === undefined) {
      if (index > this.#limit) throw new Trap(`the component has more than ${this.#limit} handles`);
      this.#slots.push({ resource, rep, isOwn, lends: 0 });
    } else {
      slot.resource = resource;
      slot.rep = rep;
      slot.isOwn = isOwn;
    }
    this.#live += 1;
    return index;
  }

  #takeNumber(): number {
    if (this.#freeCount > 0) {
      this.#freeCount -= 1;
      return this.#free[this.#freeCount] ?? 0;
    }
    this.#next += 1;
    return this.#next - 1;
  }

  rep(index: number, resource: ResourceType): unknown {
    return this.#get(index, resource).rep;
  }

  isOwn(index: number, resource: ResourceType): boolean {
    return this.#get(index, resource).isOwn;
  }

  /** What the handle stands for, lent until {@link endLoan}. */
  lend(index: number, resource: ResourceType): unknown {
    const slot = this.#get(index, resource);
    slot.lends += 1;
    return slot.rep;
  }

  endLoan(index: number): void {
    const slot = this.#slots[index];
    if (slot !== undefined) slot.lends -= 1;
  }

  /** Gives up an owned handle; what it stands for. */
  takeOwn(index: number, resource: ResourceType): unknown {
    if (!this.#get(index, resource).isOwn) throw new Trap(`handle ${index} is borrowed, and can not be given away`);
    return this.drop(index, resource);
  }

  /** Frees a handle, owned or borrowed; what it stood for. */
  drop(index: number, resource: ResourceType): unknown {
    const slot = this.#get(index, resource);
    if (slot.lends !== 0) throw new Trap(`handle ${index} can not be dropped while it is lent`);
    const { rep } = slot;
    this.#release(index, slot);
    return rep;
  }

  /** As new, without disposing anything. */
  clear(): void {
    this.#slots.length = 1;
    this.#freeCount = 0;
    this.#next = 1;
    this.#live = 0;
  }

  save(): SavedHandles {
    const live = this.#slots.flatMap(({ resource, rep, isOwn }, index) =>
      resource === undefined ? [] : [{ index, resource, rep, isOwn }],
    );
    return { live, free: this.#free.slice(0, this.#freeCount), next: this.#next };
  }

  /**
   * Back to the saved handles; `dispose` gets each owned handle that came since. False when a saved one is gone: then
   * nothing was changed.
   */
  restore(saved: SavedHandles, dispose: (resource: ResourceType, rep: unknown) => void): boolean {
    for (const handle of saved.live) if (!this.#isUnchanged(handle)) return false;
    if (this.#live > saved.live.length) this.#releaseOthers(saved, dispose);
    // numbers are given out again in the same order: they tell nothing of the calls before
    saved.free.forEach((number, index) => (this.#free[index] = number));
    this.#freeCount = saved.free.length;
    this.#next = saved.next;
    return true;
  }

  #isUnchanged(saved: SavedHandle): boolean {
    const slot = this.#slots[saved.index];
    return slot?.resource === saved.resource && slot.rep === saved.rep && slot.lends === 0;
  }

  #releaseOthers(saved: SavedHandles, dispose: (resource: ResourceType, rep: unknown) => void): void {
    const kept = new Set(saved.live.map((handle) => handle.index));
    this.#slots.forEach((slot, index) => {
      const { resource, rep, isOwn } = slot;
      if (resource === undefined || kept.has(index)) return;
      this.#release(index, slot);
      if (isOwn) dispose(resource, rep);
    });
  }

  #release(index: number, slot: Slot): void {
    slot.resource = undefined;
    slot.rep = undefined;
    slot.lends = 0;
    this.#free[this.#freeCount] = index;
    this.#freeCount += 1;
    this.#live -= 1;
  }

  #get(index: number, resource: ResourceType): Slot {
    const slot = this.#slots[index];
    if (slot?.resource === undefined) throw new Trap(`unknown handle ${index}`);
    if (slot.resource !== resource) {
      throw new Trap(`handle ${index} is a ${slot.resource.name}, not a ${resource.name}`);
    }
    return slot;
  }
}
