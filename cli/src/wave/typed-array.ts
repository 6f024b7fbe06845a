import type { ValueType } from "@holdfast/component-host";

/** Lists of numbers are typed arrays for component-host, all others arrays. */
export function toTypedArray(element: ValueType, values: readonly unknown[]): unknown {
  const numbers = () => values.map(Number);
  const longs = () => values.map((value) => (typeof value === "bigint" ? value : 0n));
  switch (element.kind) {
    case "u8":
      return Uint8Array.from(numbers());
    case "s8":
      return Int8Array.from(numbers());
    case "u16":
      return Uint16Array.from(numbers());
    case "s16":
      return Int16Array.from(numbers());
    case "u32":
      return Uint32Array.from(numbers());
    case "s32":
      return Int32Array.from(numbers());
    case "u64":
      return BigUint64Array.from(longs());
    case "s64":
      return BigInt64Array.from(longs());
    case "f32":
      return Float32Array.from(numbers());
    case "f64":
      return Float64Array.from(numbers());
    default:
      return values;
  }
}
