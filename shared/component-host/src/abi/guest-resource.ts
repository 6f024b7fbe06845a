import type { ResourceType } from "../types/value-types.ts";
import type { ComponentState } from "./component-state.ts";
import { trapOf } from "./host-errors.ts";

/** The host's handle on a resource that a guest defines. Owned until it is given away or disposed. */
export class GuestResource {
  readonly #owner: ResourceOwner;
  readonly #rep: number;
  /** What it stood for at the last restore of the instance is no more. */
  readonly #epoch: number;
  #isOwn: boolean;
  #isGone = false;

  constructor(owner: ResourceOwner, rep: number, isOwn: boolean) {
    this.#owner = owner;
    this.#rep = rep;
    this.#isOwn = isOwn;
    this.#epoch = owner.epoch;
  }

  /** The guest's number for it; for as long as it is not given away. */
  lend(owner: ResourceOwner): number {
    if (this.#owner !== owner) throw new TypeError(`expected a ${owner.type.name} of this instance`);
    if (this.#isGone || this.#epoch !== owner.epoch) {
      throw new TypeError(`the ${owner.type.name} was disposed or given away`);
    }
    return this.#rep;
  }

  /** Gives it away: this object is of no use afterwards. */
  give(owner: ResourceOwner): number {
    const rep = this.lend(owner);
    if (!this.#isOwn) throw new TypeError(`the ${owner.type.name} is only borrowed`);
    this.#isGone = true;
    return rep;
  }

  /** Ends a borrow; an owner stays what it is. */
  endBorrow(): void {
    if (!this.#isOwn) this.#isGone = true;
  }

  /** Runs the guest's destructor, once. */
  [Symbol.dispose](): void {
    if (this.#isGone || !this.#isOwn || this.#epoch !== this.#owner.epoch) return;
    this.#isGone = true;
    this.#owner.destroy(this.#rep);
  }
}

/** How the host makes objects of one resource type. */
export type ResourceClass = new (...args: unknown[]) => GuestResource;

/** A resource type that a component instance defines, at run time. */
export class ResourceOwner {
  readonly type: ResourceType;
  readonly state: ComponentState;
  /** The exported class, with the functions that the component exports for it. */
  readonly resourceClass: ResourceClass;
  /** Raised by a restore, which makes all objects before it void. */
  epoch = 0;
  /** Called by `new`; set when the component exports a constructor. */
  construct: ((...args: unknown[]) => unknown) | undefined;
  readonly #destructor: ((rep: number) => void) | undefined;

  constructor(type: ResourceType, state: ComponentState, destructor: ((rep: number) => void) | undefined) {
    this.type = type;
    this.state = state;
    this.#destructor = destructor;
    this.resourceClass = makeClass(this);
  }

  wrap(rep: number, isOwn: boolean): GuestResource {
    return new this.resourceClass(madeByHost, rep, isOwn);
  }

  unwrap(value: unknown): GuestResource {
    if (value instanceof GuestResource) return value;
    throw new TypeError(`expected a ${this.type.name} that this component made`);
  }

  /** The host lets go of one: the destructor runs, unless the instance is past running anything. */
  destroy(rep: number): void {
    if (this.#destructor === undefined || this.state.shared.trapped !== undefined) return;
    this.state.enter();
    try {
      this.#destructor(rep);
    } catch (thrown) {
      const error = trapOf(thrown);
      this.state.shared.trapped ??= error;
      throw error;
    }
    this.state.leave();
  }

  /** A guest drops one. The component that defines the resource is entered, unless it is the one that drops. */
  drop(rep: number, dropper: ComponentState): void {
    if (dropper === this.state) this.#destructor?.(rep);
    else this.destroy(rep);
  }
}

const madeByHost = Symbol("made by host");

function makeClass(owner: ResourceOwner): ResourceClass {
  return class extends GuestResource {
    constructor(...args: unknown[]) {
      const [token, rep, isOwn] = args;
      // the guest's constructor makes an object of this class, or a promise of one where the component may suspend
      if (token !== madeByHost) return constructed(owner, args);
      super(owner, Number(rep), isOwn === true);
      return this;
    }
  };
}

function constructed(owner: ResourceOwner, args: unknown[]): GuestResource {
  if (owner.construct === undefined) throw new TypeError(`a ${owner.type.name} has no constructor`);
  return Object(owner.construct(...args));
}
