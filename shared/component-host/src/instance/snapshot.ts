import type { ComponentState } from "../abi/component-state.ts";
import type { SavedHandles } from "../abi/handle-table.ts";
import { addedExportPrefix } from "../core-module/patch.ts";
import type { ResourceType } from "../types/value-types.ts";
import { type CoreGlobal, type CoreInstance, type CoreMemory, isCoreGlobal, isCoreMemory } from "../web-assembly.ts";
import type { Linker } from "./linker.ts";

/** How a resource's object is disposed. */
type Dispose = (resource: ResourceType, rep: unknown, state: ComponentState) => void;

interface SavedMemory {
  readonly memory: CoreMemory;
  readonly byteLength: number;
  /** The bytes up to the last that is not zero. */
  readonly bytes: Uint8Array;
  /** The memory itself, for as long as it does not grow. */
  readonly live: Uint8Array;
}

interface SavedGlobal {
  readonly global: CoreGlobal;
  value: unknown;
}

/** Memories, mutable globals and handles of a root instance at one moment. */
export class CoreSnapshot {
  readonly #memories: readonly SavedMemory[];
  readonly #globals: readonly SavedGlobal[];
  readonly #handles: readonly { readonly state: ComponentState; readonly saved: SavedHandles }[];

  private constructor(linker: Linker) {
    this.#memories = CoreSnapshot.memoriesOf(linker.instances).map(saveMemory);
    this.#globals = globalsOf(linker.instances).map((global) => ({ global, value: global.value }));
    this.#handles = linker.states.map((state) => ({ state, saved: state.handles.save() }));
  }

  static take(linker: Linker): CoreSnapshot {
    return new CoreSnapshot(linker);
  }

  /** The memories that core instances export, each once. */
  static memoriesOf(instances: readonly CoreInstance[]): CoreMemory[] {
    return [...new Set(instances.flatMap((instance) => Object.values(instance.exports).filter(isCoreMemory)))];
  }

  static memoryBytes({ instances }: Linker): number {
    return CoreSnapshot.memoriesOf(instances).reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  /** False when the state can not be put back; then it may be put back in part. */
  restore(dispose: Dispose): boolean {
    if (this.#memories.some(({ memory, byteLength }) => memory.buffer.byteLength !== byteLength)) return false;
    for (const { state, saved } of this.#handles) {
      if (!state.handles.restore(saved, (resource, rep) => dispose(resource, rep, state))) return false;
    }
    for (const saved of this.#memories) restoreMemory(saved);
    for (const { global, value } of this.#globals) global.value = value;
    return true;
  }
}

/** Memories and mutable globals before each of many calls; only where no memory grows. Cheap where they are small. */
export class StateCopy {
  readonly #memories: readonly SavedMemory[];
  readonly #globals: readonly SavedGlobal[];

  constructor({ instances }: Linker) {
    this.#memories = CoreSnapshot.memoriesOf(instances).map((memory) => {
      const live = new Uint8Array(memory.buffer);
      return { memory, byteLength: live.length, bytes: new Uint8Array(live.length), live };
    });
    this.#globals = globalsOf(instances).map((global) => ({ global, value: undefined }));
  }

  take(): void {
    for (const { bytes, live } of this.#memories) bytes.set(live);
    for (const saved of this.#globals) saved.value = saved.global.value;
  }

  restore(): void {
    for (const { bytes, live } of this.#memories) live.set(bytes);
    for (const { global, value } of this.#globals) global.value = value;
  }
}

function globalsOf(instances: readonly CoreInstance[]): CoreGlobal[] {
  return instances.flatMap((instance) =>
    Object.entries(instance.exports).flatMap(([name, value]) =>
      name.startsWith(addedExportPrefix) && isCoreGlobal(value) ? [value] : [],
    ),
  );
}

function saveMemory(memory: CoreMemory): SavedMemory {
  const live = new Uint8Array(memory.buffer);
  let used = live.length;
  while (used > 0 && live[used - 1] === 0) used -= 1;
  return { memory, byteLength: live.length, bytes: live.slice(0, used), live };
}

function restoreMemory({ bytes, live }: SavedMemory): void {
  live.set(bytes);
  // clearing is cheaper than copying zeros
  live.fill(0, bytes.length);
}
