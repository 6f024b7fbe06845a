/**
 * `canon lower`: makes a core function, for a guest to import, out of a component function.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lower
 */
import { Trap } from "../errors.ts";
import type { FunctionType } from "../types/value-types.ts";
import { type CoreValue, webAssembly } from "../web-assembly.ts";
import type { GuestContext } from "./guest-context.ts";
import { endLoans } from "./handles.ts";
import { payloadOf } from "./host-errors.ts";
import { type ParamsCodec, paramsCodec } from "./params.ts";
import { type ResultCodec, resultCodec } from "./results.ts";

/** A component function as JavaScript calls it. */
export interface Callee {
  readonly name: string;
  /** May answer with a promise. */
  readonly suspends: boolean;
  readonly call: (args: unknown[]) => unknown;
}

/** A core function: the callee, called with values lifted from the guest; its result is lowered into the guest. */
export function lowerFunction(type: FunctionType, callee: Callee, guest: GuestContext): object {
  const lowered: Lowered = { callee, guest, params: paramsCodec(type), result: resultCodec(type) };
  if (!callee.suspends) return (...flat: CoreValue[]) => trapping(guest, () => callSync(lowered, flat));
  guest.state.maySuspend = true;
  return new webAssembly.Suspending((...flat: CoreValue[]) => trapping(guest, () => callSuspending(lowered, flat)));
}

/** A guest can catch what is thrown into it; the instance has trapped nevertheless. */
function trapping<T>({ state }: GuestContext, call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    state.shared.trapped ??= thrown;
    throw thrown;
  }
}

interface Lowered {
  readonly callee: Callee;
  readonly guest: GuestContext;
  readonly params: ParamsCodec;
  readonly result: ResultCodec;
}

function callSync(lowered: Lowered, flat: CoreValue[]): CoreValue | undefined {
  const { callee, guest, params } = lowered;
  const mark = guest.state.lent.length;
  const args = liftArgs(lowered, flat);
  let value: unknown;
  try {
    value = callee.call(args);
  } catch (thrown) {
    return fail(lowered, flat, mark, thrown);
  }
  if (isPromise(value)) throw notSuspending(callee.name, value);
  if (params.hasBorrow) endLoans(guest, mark);
  return succeed(lowered, flat, value);
}

function callSuspending(lowered: Lowered, flat: CoreValue[]): unknown {
  const { callee, guest } = lowered;
  const mark = guest.state.lent.length;
  const args = liftArgs(lowered, flat);
  let value: unknown;
  try {
    value = callee.call(args);
  } catch (thrown) {
    return fail(lowered, flat, mark, thrown);
  }
  const settle = (settled: unknown) => {
    endLoans(guest, mark);
    return succeed(lowered, flat, settled);
  };
  // only a promise suspends: what is ready at once costs no turn of the event loop
  if (!isPromise(value)) return settle(value);
  return value.then(
    (settled) => trapping(guest, () => settle(settled)),
    (thrown: unknown) => trapping(guest, () => fail(lowered, flat, mark, thrown)),
  );
}

function notSuspending(name: string, promise: Promise<unknown>): Trap {
  const ignore = () => undefined;
  promise.then(ignore, ignore);
  return new Trap(`the host function ${name} answered with a promise, but was not declared as suspending`);
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
  if (!result.allocates) return result.lower(guest, value, at);
  return withoutLeaving(guest, () => result.lower(guest, value, at));
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
