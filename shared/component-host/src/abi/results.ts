import { ComponentError } from "../errors.ts";
import type { FunctionType, ValueType } from "../types/value-types.ts";
import type { CoreValue } from "../web-assembly.ts";
import { codecOf, casesOf } from "./codecs.ts";
import type { GuestContext } from "./guest-context.ts";

/**
 * The result of a function type. One whose type is `result` is returned or thrown, not wrapped; a result of several
 * core values lies in memory.
 */
export interface ResultCodec {
  /** The caller of the core function says where to put the result: a last parameter. */
  readonly isInMemory: boolean;
  /** Writing it makes the guest allocate. */
  readonly allocates: boolean;
  /** The type is a `result`, so that what is thrown can be its `err`. */
  readonly canFail: boolean;
  /** Reads what a core function returned. Throws a {@link ComponentError} for `err`. */
  lift(guest: GuestContext, returned: CoreValue | undefined): unknown;
  /** Hands a value to the guest: returned flat, or written to `at`. */
  lower(guest: GuestContext, value: unknown, at: number): CoreValue | undefined;
  /** Hands over the payload of an `err`. */
  lowerError(guest: GuestContext, payload: unknown, at: number): CoreValue | undefined;
}

const codecs = new WeakMap<FunctionType, ResultCodec>();

/** Made once per function type. */
export function resultCodec(type: FunctionType): ResultCodec {
  const known = codecs.get(type);
  if (known !== undefined) return known;
  const codec = makeResultCodec(type.result);
  codecs.set(type, codec);
  return codec;
}

const noResult: ResultCodec = {
  isInMemory: false,
  allocates: false,
  canFail: false,
  lift: () => undefined,
  lower: () => undefined,
  lowerError: () => undefined,
};

function makeResultCodec(type: ValueType | undefined): ResultCodec {
  if (type === undefined) return noResult;
  const isInMemory = type.flat?.length !== 1;
  return {
    isInMemory,
    allocates: type.hasPointer,
    canFail: type.kind === "result",
    ...(isInMemory ? memoryResult(type) : flatResult(type)),
  };
}

type ResultMoves = Pick<ResultCodec, "lift" | "lower" | "lowerError">;

function memoryResult(type: ValueType): ResultMoves {
  const { size, align } = type;
  const codec = codecOf(type);
  if (type.kind !== "result") {
    return {
      lift: (guest, returned) => {
        const at = Number(returned) >>> 0;
        guest.checkRange(at, size, align);
        return codec.load(guest, at);
      },
      lower: (guest, value, at) => {
        guest.checkRange(at, size, align);
        codec.store(guest, at, value);
        return undefined;
      },
      lowerError: throwPayload,
    };
  }
  const cases = casesOf(type);
  const store = (guest: GuestContext, at: number, index: number, payload: unknown) => {
    guest.checkRange(at, size, align);
    cases.storeCase(guest, at, index, payload);
    return undefined;
  };
  return {
    lift: (guest, returned) => {
      const at = Number(returned) >>> 0;
      guest.checkRange(at, size, align);
      const index = cases.loadCase(guest, at);
      return okOrThrow(index, cases.loadPayload(guest, at, index));
    },
    lower: (guest, value, at) => store(guest, at, 0, value),
    lowerError: (guest, payload, at) => store(guest, at, 1, payload),
  };
}

function flatResult(type: ValueType): ResultMoves {
  const codec = codecOf(type);
  if (type.kind !== "result") {
    return {
      lift: (guest, returned) => codec.liftFlat(guest, [returned ?? 0], 0),
      lower: (guest, value) => {
        if (codec.lowerOne !== undefined) return codec.lowerOne(guest, value);
        const flat: CoreValue[] = [];
        codec.lowerFlat(guest, value, flat);
        return flat[0];
      },
      lowerError: throwPayload,
    };
  }
  // only the discriminant is left: neither case has a payload
  const cases = casesOf(type);
  return {
    lift: (_guest, returned) => okOrThrow(cases.liftCase([returned ?? 0], 0), undefined),
    lower: () => 0,
    lowerError: () => 1,
  };
}

function okOrThrow(index: number, payload: unknown): unknown {
  if (index === 1) throw new ComponentError(payload);
  return payload;
}

function throwPayload(_guest: GuestContext, payload: unknown): never {
  throw new ComponentError(payload);
}
