import { Trap } from "../errors.ts";
import type { FlatType } from "../types/layout.ts";
import type { VariantLayout } from "../types/value-types.ts";
import type { CoreValue } from "../web-assembly.ts";
import { type Codec, flatNumber } from "./codec.ts";
import { coerceFlat, uncoerceFlat } from "./coercions.ts";
import type { GuestContext } from "./guest-context.ts";

/** The cases of a variant, before they get the shape of a variant, an enum, an option or a result. */
export interface CaseCodec {
  loadCase(guest: GuestContext, at: number): number;
  loadPayload(guest: GuestContext, at: number, index: number): unknown;
  storeCase(guest: GuestContext, at: number, index: number, payload: unknown): void;
  liftCase(flat: readonly CoreValue[], at: number): number;
  liftPayload(guest: GuestContext, flat: readonly CoreValue[], at: number, index: number): unknown;
  lowerCase(guest: GuestContext, index: number, payload: unknown, flat: CoreValue[]): void;
}

interface Payload {
  readonly codec: Codec;
  readonly flat: readonly FlatType[];
  /** False when the flat values of the case are exactly those of the variant. */
  readonly isCoerced: boolean;
}

export function caseCodec(type: VariantLayout, codecOf: (index: number) => Codec | undefined): CaseCodec {
  const joined = type.flat?.slice(1) ?? [];
  const payloads = type.cases.map((one, index) => payloadOf(codecOf(index), one.type?.flat ?? [], joined));
  const { discriminantSize, payloadOffset } = type;

  const checkCase = (index: number): number => {
    if (index >= payloads.length) throw new Trap(`case ${index} of a type with ${payloads.length} cases`);
    return index;
  };

  return {
    loadCase: ({ view }, at) => checkCase(readDiscriminant(view, at, discriminantSize)),
    loadPayload: (guest, at, index) => payloads[index]?.codec.load(guest, at + payloadOffset),
    storeCase: (guest, at, index, payload) => {
      writeDiscriminant(guest.view, at, discriminantSize, index);
      payloads[index]?.codec.store(guest, at + payloadOffset, payload);
    },
    liftCase: (flat, at) => checkCase(flatNumber(flat, at) >>> 0),
    liftPayload: (guest, flat, at, index) => {
      const payload = payloads[index];
      if (payload === undefined) return undefined;
      if (!payload.isCoerced) return payload.codec.liftFlat(guest, flat, at + 1);
      return payload.codec.liftFlat(guest, uncoerceFlat(flat, at + 1, joined, payload.flat), 0);
    },
    lowerCase: (guest, index, value, flat) => {
      flat.push(index);
      const start = flat.length;
      const payload = payloads[index];
      payload?.codec.lowerFlat(guest, value, flat);
      if (payload?.isCoerced === true) coerceFlat(flat, start, payload.flat, joined);
      for (let at = flat.length - start; at < joined.length; at += 1) flat.push(joined[at] === "i64" ? 0n : 0);
    },
  };
}

function payloadOf(
  codec: Codec | undefined,
  flat: readonly FlatType[],
  joined: readonly FlatType[],
): Payload | undefined {
  if (codec === undefined) return undefined;
  return { codec, flat, isCoerced: flat.some((type, index) => type !== joined[index]) };
}

function readDiscriminant(view: DataView, at: number, size: 1 | 2 | 4): number {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function writeDiscriminant(view: DataView, at: number, size: 1 | 2 | 4, index: number): void {
  if (size === 1) view.setUint8(at, index);
  else if (size === 2) view.setUint16(at, index, true);
  else view.setUint32(at, index, true);
}
