import { trapOf } from "../abi/host-errors.ts";
import { disposeOf } from "../abi/resource-functions.ts";
import type { CompiledComponent } from "../compile.ts";
import { LinkError } from "../errors.ts";
import { findCompatible } from "../names.ts";
import { type ComponentExports, type ExportedFunction, type ExportedInterface, makeExports } from "./exports.ts";
import { bindImports, type ComponentImports } from "./host-imports.ts";
import type { CoreMemory } from "../web-assembly.ts";
import { Linker, type LinkerLimits } from "./linker.ts";
import { CoreSnapshot } from "./snapshot.ts";
import { WayBack } from "./way-back.ts";

export interface InstantiateOptions {
  /** Handles in the table of one component instance; 100,000 unless given. */
  readonly maxHandles?: number;
  /** Bytes of values that the guest may hand out in one call; 128 MiB unless given. */
  readonly maxLiftBytes?: number;
}

/**
 * One instance of a component: memory, globals and handles of its own. One call at a time; an instance in which
 * something trapped is of no use any more.
 */
export interface ComponentInstance {
  readonly exports: ComponentExports;
  /** The exported interface of that name, in a compatible version; throws a LinkError when there is none. */
  getInterface(name: string): ExportedInterface;
  /** The exported function of a world (not of an interface), by its WIT name. */
  getFunction(name: string): ExportedFunction;
  /** Why it can not be used any more: what was thrown when it trapped. */
  readonly trapped: unknown;
  /** Bytes of all its memories. */
  readonly memoryBytes: number;
  /** Keeps the present state, to come back to by {@link restore}. */
  snapshot(): void;
  /**
   * Puts the instance back to its snapshot, and disposes the host's objects whose handles came since. False when that
   * is not possible, and the instance has to be discarded: it trapped, a call is under way, a memory grew, a handle of
   * the snapshot is gone, or its code could change what is not saved (tables, passive segments).
   */
  restore(): boolean;
  /** How `attempt` takes back what a call changed. */
  readonly wayBack: WayBack;
}

/** Makes an instance. Throws a LinkError for a missing import, in wasmCloud's words; a Trap if a start function traps. */
export function instantiate(
  compiled: CompiledComponent,
  imports: ComponentImports = {},
  options: InstantiateOptions = {},
): ComponentInstance {
  const limits: LinkerLimits = {
    maxHandles: options.maxHandles ?? 100_000,
    maxLiftBytes: options.maxLiftBytes ?? 128 * 1024 * 1024,
  };
  const linker = new Linker(compiled.plan, bindImports(compiled.plan, imports), limits);
  linker.run(compiled.modules);
  return new LinkedInstance(linker, makeExports(compiled.exports, linker), compiled);
}

class LinkedInstance implements ComponentInstance {
  readonly exports: ComponentExports;
  readonly wayBack: WayBack;
  readonly #linker: Linker;
  readonly #memories: readonly CoreMemory[];
  readonly #isRestorable: boolean;
  #snapshot: CoreSnapshot | undefined;

  constructor(linker: Linker, exports: ComponentExports, compiled: CompiledComponent) {
    this.#linker = linker;
    this.exports = exports;
    this.#isRestorable = compiled.isRestorable;
    this.#memories = CoreSnapshot.memoriesOf(linker.instances);
    this.wayBack = new WayBack(linker, compiled, this.memoryBytes);
  }

  get trapped(): unknown {
    return this.#linker.shared.trapped;
  }

  get memoryBytes(): number {
    let bytes = 0;
    for (const { buffer } of this.#memories) bytes += buffer.byteLength;
    return bytes;
  }

  getInterface(name: string): ExportedInterface {
    const found = this.exports[findCompatible(name, Object.keys(this.exports)) ?? ""];
    if (typeof found === "object") return found;
    throw new LinkError(`the component does not export the instance \`${name}\``);
  }

  getFunction(name: string): ExportedFunction {
    const found = Object.hasOwn(this.exports, name) ? this.exports[name] : undefined;
    if (typeof found === "function") return found;
    throw new LinkError(`the component does not export the function \`${name}\``);
  }

  #putBack(snapshot: CoreSnapshot): boolean {
    try {
      return snapshot.restore(disposeOf);
    } catch (thrown) {
      // by a destructor of the guest
      this.#linker.shared.trapped ??= trapOf(thrown);
      return false;
    }
  }

  snapshot(): void {
    // what can not be put back may be impossible to read
    if (!this.#isRestorable) return;
    this.#snapshot = CoreSnapshot.take(this.#linker);
    this.wayBack.isAt(this.#snapshot);
  }

  restore(): boolean {
    const { shared, states, owners } = this.#linker;
    if (!this.#isRestorable || shared.trapped !== undefined || shared.activeCalls > 0) return false;
    const snapshot = this.#snapshot;
    if (snapshot === undefined || !this.#putBack(snapshot)) return false;
    for (const owner of owners) if (owner !== undefined) owner.epoch += 1;
    for (const state of states) state.borrows = 0;
    this.wayBack.isAt(snapshot);
    return true;
  }
}
