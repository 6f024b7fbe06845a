/**
 * `wasi:config` as a component sees it: `store` of the release candidate, and `runtime` of the draft before it. The values are with the
 * worker from the beginning: those of the hostInterfaces entries, over them the component's own (`localResources.config`).
 */
import type { BindInterface } from "../../bindings.ts";
import type { Backend } from "../../plugin.ts";

export const bind: BindInterface<Backend> = (_backend, { interfaces, config }) => {
  const values = new Map<string, string>();
  for (const source of [...interfaces.map((entry) => entry.config), config]) {
    for (const [key, value] of Object.entries(source)) values.set(key, value);
  }
  const functions = {
    get: (key: string): string | undefined => values.get(key),
    getAll: (): [key: string, value: string][] => [...values],
  };
  return { "wasi:config/store@0.2.0-rc.1": functions, "wasi:config/runtime@0.2.0-draft": functions };
};
