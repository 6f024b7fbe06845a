/**
 * `canon resource.new`, `resource.drop`, `resource.rep`.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-resourcenew
 */
import { Trap } from "../errors.ts";
import type { ResourceType } from "../types/value-types.ts";
import type { ComponentState } from "./component-state.ts";

/** The core function, for the component instance whose table it works on. */
export function resourceFunction(
  kind: "resource.new" | "resource.drop" | "resource.rep",
  resource: ResourceType,
  state: ComponentState,
): (value: number) => number | undefined {
  const run = operation(kind, resource, state);
  return (value) => {
    try {
      if (!state.mayLeave) throw new Trap("the instance can not call out while the host writes into it");
      return run(value);
    } catch (thrown) {
      state.shared.trapped ??= thrown;
      throw thrown;
    }
  };
}

function operation(
  kind: "resource.new" | "resource.drop" | "resource.rep",
  resource: ResourceType,
  state: ComponentState,
): (value: number) => number | undefined {
  switch (kind) {
    case "resource.new":
      return (rep) => state.handles.add(resource, rep, true);
    case "resource.rep":
      return (handle) => Number(state.handles.rep(handle >>> 0, resource));
    default:
      return (handle) => {
        const isOwn = state.handles.isOwn(handle >>> 0, resource);
        const rep = state.handles.drop(handle >>> 0, resource);
        if (isOwn) disposeOf(resource, rep, state);
        else state.borrows -= 1;
        return undefined;
      };
  }
}

/** Ends what an owned handle stands for. */
export function disposeOf(resource: ResourceType, rep: unknown, state: ComponentState): void {
  const owner = state.shared.owners[resource.id];
  if (owner !== undefined) return owner.drop(Number(rep), state);
  if (typeof rep !== "object" || rep === null) return;
  const dispose: unknown = Reflect.get(rep, Symbol.dispose);
  if (typeof dispose === "function") Reflect.apply(dispose, rep, []);
}
