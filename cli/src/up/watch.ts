/** `--watch`: starts again what was edited. */
import { watch } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ServiceName } from "./supervisor.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Editors save in several steps. */
const quietMs = 150;

/** Calls back with the services that a change concerns: one, or all when shared/ changed. Returns the function that ends it. */
export function watchSources(
  services: readonly ServiceName[],
  onEdit: (names: readonly ServiceName[]) => void,
): () => void {
  const edited = new Set<ServiceName>();
  let timer: NodeJS.Timeout | undefined;
  const note = (names: readonly ServiceName[], file: string | null) => {
    if (!isSource(file)) return;
    for (const name of names) edited.add(name);
    clearTimeout(timer);
    timer = setTimeout(() => {
      onEdit([...edited]);
      edited.clear();
    }, quietMs);
  };
  const watchers = [
    watch(`${root}shared`, { recursive: true }, (_event, file) => note(services, file)),
    ...services.map((name) =>
      watch(`${root}services/${name}`, { recursive: true }, (_event, file) => note([name], file)),
    ),
  ];
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

function isSource(file: string | null): boolean {
  return file !== null && /\.(?:ts|json)$/.test(file) && !file.endsWith(".test.ts") && !file.includes("node_modules");
}
