import { camelCase } from "../names.ts";
import type { FlagsType } from "../types/value-types.ts";
import { type Codec, flatNumber, wrongType } from "./codec.ts";

/** Flags: objects of booleans, every flag present. Bits without a flag are ignored. */
export function flagsCodec({ labels, size }: FlagsType): Codec {
  const properties = labels.map((label) => camelCase(label));
  const words = Math.ceil(labels.length / 32);

  const unpack = (word: (index: number) => number) => {
    const flags: Record<string, boolean> = {};
    properties.forEach((property, bit) => {
      flags[property] = ((word(bit >>> 5) >>> (bit & 31)) & 1) === 1;
    });
    return flags;
  };
  const pack = (value: unknown): number[] => {
    if (typeof value !== "object" || value === null) return wrongType("an object of flags", value);
    const packed = Array.from({ length: words }, () => 0);
    properties.forEach((property, bit) => {
      if (Reflect.get(value, property) !== true) return;
      packed[bit >>> 5] = (packed[bit >>> 5] ?? 0) | (1 << (bit & 31));
    });
    return packed;
  };

  return {
    load: (guest, at) => {
      const { view } = guest;
      return unpack((index) => readWord(view, at + index * 4, size));
    },
    store: (guest, at, value) => {
      const { view } = guest;
      pack(value).forEach((word, index) => writeWord(view, at + index * 4, size, word));
    },
    liftFlat: (_guest, flat, at) => unpack((index) => flatNumber(flat, at + index)),
    lowerFlat: (_guest, value, flat) => {
      flat.push(...pack(value));
    },
  };
}

function readWord(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function writeWord(view: DataView, at: number, size: number, word: number): void {
  if (size === 1) view.setUint8(at, word);
  else if (size === 2) view.setUint16(at, word, true);
  else view.setInt32(at, word, true);
}
