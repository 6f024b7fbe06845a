/** The two modules that a plugin imports from, wherever its file lies: no package of the host is installed there. */
import { registerHooks } from "node:module";

const own: ReadonlyMap<string, string> = new Map([
  ["@holdfast/host-agent/plugin", new URL("../plugin.ts", import.meta.url).href],
  ["@holdfast/host-agent/bindings", new URL("../bindings.ts", import.meta.url).href],
]);

/** From now on this thread finds them by name. */
export function resolveOwnNames(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = own.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
