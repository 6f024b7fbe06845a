/**
 * `canon lower`: makes a core function, for a guest to import, out of a component function.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lower
 */
import { attempts, irrevocable } from "../repeatable.ts";
import { Trap } from "../errors.ts";
import type { FunctionType } from "../types/value-types.ts";
import type { CoreValue } from "../web-assembly.ts";
import { coreSignature } from "./core-signature.ts";
import type { GuestContext } from "./guest-context.ts";
import { endLoans } from "./handles.ts";
import { payloadOf } from "./host-errors.ts";
import { type ParamsCodec, paramsCodec } from "./params.ts";
import { type ResultCodec, resultCodec } from "./results.ts";
import { waitingFunction } from "./waiting-function.ts";

/** A component function as JavaScript calls it. */
export interface Callee {
  readonly name: string;
  /** May answer with a promise. */
  readonly suspends: boolean;
  /** May be called in an attempt: see `repeatable`. */
  readonly isRepeatable: boolean;
  readonly call: (args: unknown[]) => unknown;
}

/** A core function: the callee, called with values lifted from the guest; its result is lowered into the guest. */
export function lowerFunction(type: FunctionType, callee: Callee, guest: GuestContext): unknown {
  const lowered: Lowered = { callee, guest, params: paramsCodec(type), result: resultCodec(type) };
  const core = (...flat: CoreValue[]) => {
    try {
      return call(lowered, flat);
    } catch (thrown) {
      throw poison(guest, thrown);
    }
  };
  if (!callee.suspends) return core;
  guest.state.maySuspend = true;
  return waitingFunction(coreSignature(type), core);
}

/** A guest can catch what is thrown into it; the instance has trapped nevertheless. Answers with what to throw. */
function poison({ state }: GuestContext, thrown: unknown): unknown {
  state.shared.trapped ??= thrown;
  return thrown;
}

interface Lowered {
  readonly callee: Callee;
  readonly guest: GuestContext;
  readonly params: ParamsCodec;
  readonly result: ResultCodec;
}

function call(lowered: Lowered, flat: CoreValue[]): CoreValue | undefined | Promise<CoreValue | undefined> {
  const { callee, guest, params } = lowered;
  const mark = guest.state.lent.length;
  const args = liftArgs(lowered, flat);
  if (!callee.isRepeatable) irrevocable();
  let value: unknown;
  try {
    value = callee.call(args);
  } catch (thrown) {
    return fail(lowered, flat, mark, thrown);
  }
  // only a promise suspends: what is ready at once costs no turn of the event loop
  if (isPromise(value)) return wait(lowered, flat, mark, value);
  if (params.hasBorrow) endLoans(guest, mark);
  return succeed(lowered, flat, value);
}

function wait(lowered: Lowered, flat: CoreValue[], mark: number, pending: Promise<unknown>) {
  const { name, suspends } = lowered.callee;
  if (suspends && !attempts.isUnderWay) return settle(lowered, flat, mark, pending);
  // what comes of it is nobody's any more
  pending.catch(() => undefined);
  irrevocable();
  throw new Trap(`the host function ${name} answered with a promise, but was not declared as suspending`);
}

async function settle(
  lowered: Lowered,
  flat: CoreValue[],
  mark: number,
  pending: Promise<unknown>,
): Promise<CoreValue | undefined> {
  try {
    const outcome = await outcomeOf(pending);
    if ("thrown" in outcome) return fail(lowered, flat, mark, outcome.thrown);
    endLoans(lowered.guest, mark);
    return succeed(lowered, flat, outcome.value);
  } catch (thrown) {
    throw poison(lowered.guest, thrown);
  }
}

type Outcome = { readonly value: unknown } | { readonly thrown: unknown };

async function outcomeOf(pending: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await pending };
  } catch (thrown) {
    return { thrown };
  }
}

function liftArgs({ guest, params }: Lowered, flat: CoreValue[]): unknown[] {
  const { state } = guest;
  if (state.shared.trapped !== undefined) throw new Trap("the instance has trapped", { cause: state.shared.trapped });
  if (!state.mayLeave) throw new Trap("the instance can not call out while the host writes into it");
  state.shared.liftBudget = state.shared.liftLimit;
  return params.lift(guest, flat);
}

function succeed({ guest, params, result }: Lowered, flat: CoreValue[], value: unknown): CoreValue | undefined {
  const at = Number(flat[params.flatCount] ?? 0) >>> 0;
  const { state } = guest;
  state.mayLeave = !result.allocates;
  const returned = result.lower(guest, value, at);
  // stays as it is when writing failed: then the instance has trapped
  state.mayLeave = true;
  return returned;
}

function fail({ guest, params, result }: Lowered, flat: CoreValue[], mark: number, thrown: unknown) {
  endLoans(guest, mark);
  const error = result.canFail ? payloadOf(thrown) : undefined;
  if (error === undefined) throw thrown;
  const at = Number(flat[params.flatCount] ?? 0) >>> 0;
  return withoutLeaving(guest, () => result.lowerError(guest, error.payload, at));
}

/** While the host writes, the guest's `realloc` runs; it can not call out. */
export function withoutLeaving<T>(guest: GuestContext, write: () => T): T {
  const { state } = guest;
  state.mayLeave = false;
  const value = write();
  // stays false when writing failed: then the instance has trapped
  state.mayLeave = true;
  return value;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
