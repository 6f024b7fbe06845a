import { repeatable } from "@holdfast/component-host";
import type { Budget } from "../budget.ts";
import { checkedName, checkedValue, immutable, isForbidden, latin1Bytes } from "./field-rules.ts";
import { repeatableClass } from "../repeatable-members.ts";

/**
 * Header or trailer fields as the host carries them: name, value, name, value, ... in order, as node:http does with
 * `rawHeaders`; values hold one character per byte.
 */
export type RawFields = readonly string[];

/** What an entry costs the host beside its characters. */
const entryOverhead = 64;
const costOf = (name: string, value: string): number => name.length + value.length + entryOverhead;

/** What came from outside, without the fields that are not for guests, names in lower case. */
export function visibleFields(raw: RawFields): string[] {
  const visible: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    if (!isForbidden(name)) visible.push(name, raw[i + 1] ?? "");
  }
  return visible;
}

/** Longest section of headers that leaves a guest: most servers and clients take no longer one. */
export const maxSectionBytes = 64 * 1024;

/** What headers are on the wire of HTTP/1.1. */
export function sectionBytes(raw: RawFields): number {
  let bytes = 0;
  for (const text of raw) bytes += text.length + 2;
  return bytes;
}

/** Two lengths that differ, or one that is no number, are how requests are smuggled: `invalid`. */
export function contentLengthOf(raw: RawFields): number | "invalid" | undefined {
  let length: number | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i] !== "content-length") continue;
    const text = raw[i + 1] ?? "";
    if (!/^[0-9]{1,15}$/.test(text) || (length !== undefined && length !== Number(text))) return "invalid";
    length = Number(text);
  }
  return length;
}

/** `wasi:http/types.fields`. Names are in lower case; a field that was set anew goes to the end. */
export class Fields {
  /** for the host's side: who pays, and the entries in the shape of `RawFields` */
  readonly budget: Budget;
  raw: string[];
  readonly #immutable: boolean;
  #charged = 0;

  /** @param entries names in lower case and values, shared with the one who gives them; immutable when given */
  constructor(budget: Budget, entries?: string[]) {
    this.budget = budget;
    this.#immutable = entries !== undefined;
    this.raw = entries ?? [];
  }

  get(name: string): Uint8Array[] {
    const wanted = name.toLowerCase();
    const values: Uint8Array[] = [];
    for (let i = 0; i < this.raw.length; i += 2) {
      if (this.raw[i] === wanted) values.push(latin1Bytes(this.raw[i + 1] ?? ""));
    }
    return values;
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase();
    for (let i = 0; i < this.raw.length; i += 2) if (this.raw[i] === wanted) return true;
    return false;
  }

  set(name: string, values: readonly Uint8Array[]): void {
    const checked = checkedName(name);
    const texts = values.map(checkedValue);
    this.#mayChange();
    this.#remove(checked);
    for (const text of texts) this.#add(checked, text);
  }

  append(name: string, value: Uint8Array): void {
    const checked = checkedName(name);
    const text = checkedValue(value);
    this.#mayChange();
    this.#add(checked, text);
  }

  delete(name: string): void {
    const checked = checkedName(name);
    this.#mayChange();
    this.#remove(checked);
  }

  entries(): [string, Uint8Array][] {
    const list: [string, Uint8Array][] = [];
    for (let i = 0; i < this.raw.length; i += 2) {
      list.push([this.raw[i] ?? "", latin1Bytes(this.raw[i + 1] ?? "")]);
    }
    return list;
  }

  clone(): Fields {
    const copy = new Fields(this.budget);
    for (let i = 0; i < this.raw.length; i += 2) copy.#add(this.raw[i] ?? "", this.raw[i + 1] ?? "");
    return copy;
  }

  [Symbol.dispose](): void {
    this.budget.refund(this.#charged);
    this.#charged = 0;
  }

  #mayChange(): void {
    if (this.#immutable) throw immutable;
  }

  #add(name: string, value: string): void {
    const cost = costOf(name, value);
    this.budget.charge(cost);
    this.#charged += cost;
    this.raw.push(name, value);
  }

  #remove(name: string): void {
    if (!this.has(name)) return;
    const kept: string[] = [];
    for (let i = 0; i < this.raw.length; i += 2) {
      const [each = "", value = ""] = [this.raw[i], this.raw[i + 1]];
      if (each === name) this.#refund(costOf(each, value));
      else kept.push(each, value);
    }
    this.raw = kept;
  }

  #refund(cost: number): void {
    this.budget.refund(cost);
    this.#charged -= cost;
  }

  static {
    repeatableClass(this);
  }
}

/**
 * The class as one instance's guest constructs it. All instances share the class itself, so that the engine sees objects of
 * one shape; only the two ways to make one know whose they are.
 */
export function fieldsClass(budget: Budget): object {
  // oxlint-disable-next-line func-names -- a constructor: an arrow function cannot be one
  const make = function () {
    return new Fields(budget);
  };
  const fromList = (list: readonly [string, Uint8Array][]) => {
    const fields = new Fields(budget);
    for (const [name, value] of list) fields.append(name, value);
    return fields;
  };
  return Object.assign(repeatable(make), { prototype: Fields.prototype, fromList: repeatable(fromList) });
}
