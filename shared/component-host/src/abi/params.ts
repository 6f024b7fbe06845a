import { concatFlat, layoutFields } from "../types/layout.ts";
import type { FunctionType } from "../types/value-types.ts";
import type { CoreValue } from "../web-assembly.ts";
import { type Codec, wrongType } from "./codec.ts";
import { codecOf } from "./codecs.ts";
import type { GuestContext } from "./guest-context.ts";
import { fieldCodecs } from "./records.ts";

/** The parameters of a function type: as flat values, or in memory when they are more than 16. */
export interface ParamsCodec {
  /** How many core parameters they are. */
  readonly flatCount: number;
  /** Some parameter lends a handle. */
  readonly hasBorrow: boolean;
  lift(guest: GuestContext, flat: readonly CoreValue[]): unknown[];
  lower(guest: GuestContext, args: readonly unknown[]): CoreValue[];
}

const codecs = new WeakMap<FunctionType, ParamsCodec>();

/** Made once per function type. */
export function paramsCodec(type: FunctionType): ParamsCodec {
  const known = codecs.get(type);
  if (known !== undefined) return known;
  const codec = makeParamsCodec(type);
  codecs.set(type, codec);
  return codec;
}

function makeParamsCodec(type: FunctionType): ParamsCodec {
  const flat = concatFlat(type.params.map((param) => param.type));
  const hasBorrow = type.params.some((param) => param.type.hasBorrow);
  return flat === undefined ? spilledParams(type, hasBorrow) : flatParams(type, flat.length, hasBorrow);
}

interface PlacedParam {
  readonly codec: Codec;
  readonly at: number;
}

function flatParams(type: FunctionType, flatCount: number, hasBorrow: boolean): ParamsCodec {
  let at = 0;
  const params: PlacedParam[] = type.params.map((param) => {
    const placed = { codec: codecOf(param.type), at };
    at += param.type.flat?.length ?? 0;
    return placed;
  });
  const lower = lowerParams(params);
  return {
    flatCount,
    hasBorrow,
    lift: liftParams(params),
    lower: (guest, args) => {
      checkCount(args, params.length);
      return lower(guest, args);
    },
  };
}

/** An array that grows has room for many more: the usual few parameters are written as one that does not. */
function liftParams([first, second, third, ...others]: readonly PlacedParam[]): ParamsCodec["lift"] {
  if (first === undefined) return () => [];
  if (second === undefined) return (guest, flat) => [liftParam(first, guest, flat)];
  if (third === undefined) return (guest, flat) => [liftParam(first, guest, flat), liftParam(second, guest, flat)];
  return (guest, flat) => {
    const args = [liftParam(first, guest, flat), liftParam(second, guest, flat), liftParam(third, guest, flat)];
    for (const param of others) args.push(liftParam(param, guest, flat));
    return args;
  };
}

const liftParam = ({ codec, at }: PlacedParam, guest: GuestContext, flat: readonly CoreValue[]) =>
  codec.liftFlat(guest, flat, at);

function lowerParams(params: readonly PlacedParam[]): (guest: GuestContext, args: readonly unknown[]) => CoreValue[] {
  const ones = params.flatMap(({ codec }) => codec.lowerOne ?? []);
  if (ones.length === params.length)
    return (guest, args) => ones.map((lowerOne, index) => lowerOne(guest, args[index]));
  return (guest, args) => {
    const flat: CoreValue[] = [];
    for (let index = 0; index < params.length; index += 1) params[index]?.codec.lowerFlat(guest, args[index], flat);
    return flat;
  };
}

function spilledParams(type: FunctionType, hasBorrow: boolean): ParamsCodec {
  const layout = layoutFields(type.params.map(({ name, type }) => ({ name, property: name, type })));
  const fields = fieldCodecs(layout.fields, (field) => codecOf(field.type));
  return {
    flatCount: 1,
    hasBorrow,
    lift: (guest, flat) => {
      const at = Number(flat[0]) >>> 0;
      guest.checkRange(at, layout.size, layout.align);
      return fields.map((field) => field.codec.load(guest, at + field.offset));
    },
    lower: (guest, args) => {
      checkCount(args, fields.length);
      const at = guest.allocate(layout.size, layout.align);
      fields.forEach((field, index) => field.codec.store(guest, at + field.offset, args[index]));
      return [at];
    },
  };
}

function checkCount(args: readonly unknown[], count: number): void {
  if (args.length > count) wrongType(`${count} arguments`, args.length);
}
