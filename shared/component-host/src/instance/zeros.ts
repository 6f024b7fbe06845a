import { blockBytes, zerosModule } from "../core-module/zeros-module.ts";
import { type CoreMemory, isCoreFunction, webAssembly } from "../web-assembly.ts";

/** Beyond this, positions are no 32-bit integers. */
const maxBytes = 2 ** 32 - blockBytes;

/** Looks for zeros in a memory, and puts zeros there, without writing where they are. Positions are multiples of 256. */
export interface Zeros {
  clear(at: number, end: number): void;
  /** Where the last block from `at` to `end` ends that is not all zeros; `at` when there is none. */
  used(at: number, end: number): number;
}

export function zerosOf(memory: CoreMemory): Zeros {
  const { clear, used } = new webAssembly.Instance(zerosModule(), { "": { memory } }).exports;
  const isOurs = isCoreFunction(clear) && isCoreFunction(used) && memory.buffer.byteLength <= maxBytes;
  if (!isOurs) return plainZeros(memory);
  return { clear: (at, end) => void clear(at, end), used: (at, end) => Number(used(at, end)) >>> 0 };
}

/** For a memory of 4 GiB. */
function plainZeros({ buffer }: CoreMemory): Zeros {
  const bytes = new Uint8Array(buffer);
  return {
    clear: (at, end) => void bytes.fill(0, at, end),
    used: (_at, end) => end,
  };
}
