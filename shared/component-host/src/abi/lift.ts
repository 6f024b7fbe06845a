/**
 * `canon lift`: makes a component function, for the host or another component to call, out of a core function.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lift
 */
import { attempts } from "../repeatable.ts";
import { ComponentError, Trap } from "../errors.ts";
import type { FunctionType } from "../types/value-types.ts";
import { type CoreFunction, type CoreValue, webAssembly } from "../web-assembly.ts";
import type { GuestContext } from "./guest-context.ts";
import { GuestResource } from "./guest-resource.ts";
import { trapOf } from "./host-errors.ts";
import { withoutLeaving } from "./lower.ts";
import { type ParamsCodec, paramsCodec } from "./params.ts";
import { type ResultCodec, resultCodec } from "./results.ts";

/** Called with the function's arguments; answers with its value, or throws a `ComponentError` for `err`. */
export type LiftedCall = (args: readonly unknown[]) => unknown;

interface Lifted {
  readonly core: CoreFunction;
  readonly postReturn: CoreFunction | undefined;
  readonly guest: GuestContext;
  readonly params: ParamsCodec;
  readonly result: ResultCodec;
}

/** The function; its calls answer with a promise when the component instance may suspend, but at once in an attempt. */
export function liftFunction(
  type: FunctionType,
  core: CoreFunction,
  postReturn: CoreFunction | undefined,
  guest: GuestContext,
): LiftedCall {
  const lifted: Lifted = { core, postReturn, guest, params: paramsCodec(type), result: resultCodec(type) };
  if (!guest.state.maySuspend) return (args) => callSync(lifted, args);
  const promising = webAssembly.promising(core);
  return (args) => (attempts.isUnderWay ? callSync(lifted, args) : callPromising(lifted, promising, args));
}

function callSync(lifted: Lifted, args: readonly unknown[]): unknown {
  const flat = begin(lifted, args);
  let returned: CoreValue | undefined;
  try {
    returned = callCore(lifted.core, flat);
  } catch (thrown) {
    throw poison(lifted, args, thrown);
  }
  return finish(lifted, args, returned);
}

async function callPromising(
  lifted: Lifted,
  promising: (...flat: CoreValue[]) => Promise<CoreValue | undefined>,
  args: readonly unknown[],
): Promise<unknown> {
  const flat = begin(lifted, args);
  let returned: CoreValue | undefined;
  try {
    returned = await promising(...flat);
  } catch (thrown) {
    throw poison(lifted, args, thrown);
  }
  return finish(lifted, args, returned);
}

/** Enters the instance with the lowered arguments. */
function begin(lifted: Lifted, args: readonly unknown[]): CoreValue[] {
  const { guest, params } = lifted;
  guest.state.enter();
  guest.state.shared.activeCalls += 1;
  try {
    return withoutLeaving(guest, () => params.lower(guest, args));
  } catch (thrown) {
    if (trapOf(thrown) instanceof Trap) throw poison(lifted, args, thrown);
    // the host's own mistake: nothing of the guest ran but its realloc, and that went well
    abandon(guest);
    throw thrown;
  }
}

function abandon({ state }: GuestContext): void {
  state.mayLeave = true;
  state.mayEnter = true;
  state.shared.activeCalls -= 1;
}

/** Calls without the cost of spreading the usual few arguments. */
function callCore(core: CoreFunction, flat: readonly CoreValue[]): CoreValue | undefined {
  const [a = 0, b = 0, c = 0] = flat;
  switch (flat.length) {
    case 0:
      return core();
    case 1:
      return core(a);
    case 2:
      return core(a, b);
    case 3:
      return core(a, b, c);
    default:
      return core(...flat);
  }
}

function finish(lifted: Lifted, args: readonly unknown[], returned: CoreValue | undefined): unknown {
  const { guest, result } = lifted;
  const { trapped } = guest.state.shared;
  if (trapped !== undefined) throw poison(lifted, args, trapped);
  guest.state.shared.liftBudget = guest.state.shared.liftLimit;
  let value: unknown;
  let error: ComponentError | undefined;
  try {
    value = result.lift(guest, returned);
  } catch (thrown) {
    if (!(thrown instanceof ComponentError)) throw poison(lifted, args, thrown);
    error = thrown;
  }
  try {
    cleanUp(lifted, args, returned);
  } catch (thrown) {
    throw poison(lifted, args, thrown);
  }
  guest.state.shared.activeCalls -= 1;
  if (error !== undefined) throw error;
  return value;
}

function cleanUp(
  { guest, postReturn, params }: Lifted,
  args: readonly unknown[],
  returned: CoreValue | undefined,
): void {
  if (postReturn !== undefined) {
    withoutLeaving(guest, () => (returned === undefined ? postReturn() : postReturn(returned)));
  }
  if (params.hasBorrow) endBorrows(args);
  guest.state.leave();
}

/** Borrowed resources of other guests came in objects of their own, which end with the call. */
function endBorrows(args: readonly unknown[]): void {
  for (const arg of args) if (arg instanceof GuestResource) arg.endBorrow();
}

/** The instance has failed, and with it everything that shares its root: what to throw. */
function poison({ guest }: Lifted, args: readonly unknown[], thrown: unknown): unknown {
  const { shared } = guest.state;
  const error = trapOf(thrown);
  shared.trapped ??= error;
  shared.activeCalls -= 1;
  endBorrows(args);
  return error;
}
