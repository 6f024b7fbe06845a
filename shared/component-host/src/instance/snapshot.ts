import type { ComponentState } from "../abi/component-state.ts";
import type { SavedHandles } from "../abi/handle-table.ts";
import { addedExportPrefix } from "../core-module/patch.ts";
import type { ResourceType } from "../types/value-types.ts";
import { type CoreGlobal, type CoreInstance, type CoreMemory, isCoreGlobal, isCoreMemory } from "../web-assembly.ts";
import type { Linker } from "./linker.ts";
import { type Zeros, zerosOf } from "./zeros.ts";

/** How a resource's object is disposed. */
type Dispose = (resource: ResourceType, rep: unknown, state: ComponentState) => void;

interface SavedMemory {
  readonly byteLength: number;
  /** The parts of it that are not zeros, in order. */
  readonly parts: readonly SavedPart[];
  /** The memory itself, for as long as it does not grow. */
  readonly live: Uint8Array;
  readonly zeros: Zeros;
}

interface SavedPart {
  readonly at: number;
  readonly bytes: Uint8Array;
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

  /** False when the state can not be put back; then it may be put back in part. */
  restore(dispose: Dispose): boolean {
    // the bytes of a memory that grew are detached: their length is 0
    for (const { live, byteLength } of this.#memories) if (live.length !== byteLength) return false;
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
  readonly #memories: readonly CopiedMemory[];
  readonly #globals: readonly SavedGlobal[];

  constructor({ instances }: Linker) {
    this.#memories = CoreSnapshot.memoriesOf(instances).map((memory) => {
      const live = new Uint8Array(memory.buffer);
      return { bytes: new Uint8Array(live.length), used: 0, live, zeros: zerosOf(memory) };
    });
    this.#globals = globalsOf(instances).map((global) => ({ global, value: undefined }));
  }

  take(): void {
    for (const copied of this.#memories) {
      copied.used = copied.zeros.used(0, copied.live.length);
      copied.bytes.set(copied.live.subarray(0, copied.used));
    }
    for (const saved of this.#globals) saved.value = saved.global.value;
  }

  restore(): void {
    for (const { bytes, used, live, zeros } of this.#memories) {
      live.set(bytes.subarray(0, used));
      zeros.clear(used, live.length);
    }
    for (const { global, value } of this.#globals) global.value = value;
  }
}

interface CopiedMemory {
  readonly bytes: Uint8Array;
  /** So many of them count; the others were zeros. */
  used: number;
  readonly live: Uint8Array;
  readonly zeros: Zeros;
}

function globalsOf(instances: readonly CoreInstance[]): CoreGlobal[] {
  return instances.flatMap((instance) =>
    Object.entries(instance.exports).flatMap(([name, value]) =>
      name.startsWith(addedExportPrefix) && isCoreGlobal(value) ? [value] : [],
    ),
  );
}

/** Zeros between parts are kept for shorter stretches than this: each part is a call. */
const stretchBytes = 4096;

function saveMemory(memory: CoreMemory): SavedMemory {
  const live = new Uint8Array(memory.buffer);
  const zeros = zerosOf(memory);
  return { byteLength: live.length, parts: savedParts(live, zeros), live, zeros };
}

function savedParts(live: Uint8Array, zeros: Zeros): SavedPart[] {
  const parts: SavedPart[] = [];
  let start: number | undefined;
  for (let at = 0; at <= live.length; at += stretchBytes) {
    const isUsed = at < live.length && zeros.used(at, at + stretchBytes) > at;
    if (isUsed) start ??= at;
    else if (start !== undefined) {
      parts.push({ at: start, bytes: live.slice(start, zeros.used(start, at)) });
      start = undefined;
    }
  }
  return parts;
}

function restoreMemory({ parts, live, zeros }: SavedMemory): void {
  let end = 0;
  for (const { at, bytes } of parts) {
    zeros.clear(end, at);
    live.set(bytes, at);
    end = at + bytes.length;
  }
  zeros.clear(end, live.length);
}
