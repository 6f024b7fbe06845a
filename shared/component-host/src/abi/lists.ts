import { Trap } from "../errors.ts";
import type { ListType, ValueType } from "../types/value-types.ts";
import { type Codec, flatNumber, wrongType } from "./codec.ts";
import type { GuestContext, GuestRange } from "./guest-context.ts";

type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type TypedArrayConstructor = new (buffer: ArrayBuffer) => TypedArray;

/** Lists of these are typed arrays, and copied as bytes: WebAssembly and the machines Node runs on are little-endian. */
const typedArrays: Partial<Record<ValueType["kind"], TypedArrayConstructor>> = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** What an element costs the host beyond its bytes: a slot of an array and, as a rule, an object. */
const elementOverhead = 32;

export function listCodec(type: ListType, element: Codec): Codec {
  const constructor = typedArrays[type.element.kind];
  const elements: ListElements = { size: type.element.size, align: type.element.align, codec: element };
  const load = constructor === undefined ? loadElements : loadNumbers;
  const store = constructor === undefined ? storeElements : storeNumbers;
  const each: ListElements & { readonly typedArray: TypedArrayConstructor } = {
    ...elements,
    typedArray: constructor ?? Uint8Array,
  };
  return {
    load: (guest, at) => {
      const { view } = guest;
      return load(guest, view.getUint32(at, true), view.getUint32(at + 4, true), each);
    },
    store: (guest, at, value) => {
      const range = store(guest, value, each);
      guest.view.setUint32(at, range.at, true);
      guest.view.setUint32(at + 4, range.length, true);
    },
    liftFlat: (guest, flat, at) => load(guest, flatNumber(flat, at) >>> 0, flatNumber(flat, at + 1) >>> 0, each),
    lowerFlat: (guest, value, flat) => {
      const range = store(guest, value, each);
      flat.push(range.at, range.length);
    },
  };
}

interface ListElements {
  readonly size: number;
  readonly align: number;
  readonly codec: Codec;
}
interface NumberElements extends ListElements {
  readonly typedArray: TypedArrayConstructor;
}

function loadElements(
  guest: GuestContext,
  at: number,
  length: number,
  { size, align, codec }: ListElements,
): unknown[] {
  guest.checkRange(at, length * size, align);
  guest.state.spend(length * (size + elementOverhead));
  const values: unknown[] = [];
  for (let index = 0; index < length; index += 1) values.push(codec.load(guest, at + index * size));
  return values;
}

function loadNumbers(guest: GuestContext, at: number, length: number, elements: NumberElements): TypedArray {
  const byteLength = length * elements.size;
  guest.checkRange(at, byteLength, elements.align);
  guest.state.spend(byteLength);
  const copy = guest.copy(at, byteLength);
  return elements.typedArray === Uint8Array ? copy : new elements.typedArray(copy.buffer);
}

function storeElements(guest: GuestContext, value: unknown, { size, align, codec }: ListElements): GuestRange {
  if (!Array.isArray(value)) return wrongType("an array", value);
  const at = guest.allocate(checkLength(value.length, size), align);
  // through `at` and not through a list: a getter of the host could change the array under our hands
  const { length } = value;
  for (let index = 0; index < length; index += 1) codec.store(guest, at + index * size, value[index]);
  return stored(guest, at, length);
}

function storeNumbers(guest: GuestContext, value: unknown, elements: NumberElements): GuestRange {
  if (!(value instanceof elements.typedArray)) return storeElements(guest, value, elements);
  const at = guest.allocate(checkLength(value.length, elements.size), elements.align);
  guest.bytes.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), at);
  return stored(guest, at, value.length);
}

function checkLength(length: number, size: number): number {
  const bytes = length * size;
  if (bytes >= 2 ** 32) throw new Trap(`a list of ${length} elements is too long for a component`);
  return bytes;
}

function stored(guest: GuestContext, at: number, length: number): GuestRange {
  guest.stored.at = at;
  guest.stored.length = length;
  return guest.stored;
}
