import type { Sort } from "../binary/definitions.ts";
import { MalformedComponent } from "../errors.ts";
import type { Item, ItemOf } from "./items.ts";

/** The index spaces of one component, component type or instance type, which grow as definitions are read. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly #spaces = new Map<Sort, Item[]>();

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  /** A scope inside this one. */
  child(): Scope {
    return new Scope(this);
  }

  add(item: Item): void {
    const space = this.#spaces.get(item.sort);
    if (space === undefined) this.#spaces.set(item.sort, [item]);
    else space.push(item);
  }

  /** The item at an index; fails with `offset`, where the index is used. */
  get(sort: Sort, index: number, offset: number): Item {
    const space = this.#spaces.get(sort);
    const item = space?.[index];
    if (item !== undefined) return item;
    throw malformed(`there is no ${sort} ${index}, only ${space?.length ?? 0} of them so far`, offset);
  }

  /** As {@link get}, typed for a sort that is known where it is used. */
  at<S extends Sort>(sort: S, index: number, offset: number): ItemOf<S> {
    const item = this.get(sort, index, offset);
    if (isOfSort(item, sort)) return item;
    throw malformed(`${sort} ${index} is a ${item.sort}`, offset);
  }

  /** The scope `count` levels further out. */
  outer(count: number, offset: number): Scope {
    let scope: Scope | undefined = this.parent;
    if (count === 0) return this;
    for (let level = 1; level < count && scope !== undefined; level += 1) scope = scope.parent;
    if (scope === undefined) throw malformed(`an alias points ${count} levels out of a component`, offset);
    return scope;
  }
}

function isOfSort<S extends Sort>(item: Item, sort: S): item is ItemOf<S> {
  return item.sort === sort;
}

export function malformed(message: string, offset: number): MalformedComponent {
  return new MalformedComponent(message, { offset, section: "linking" });
}
