/** Calls back when a project's sources change: not for what its build writes. */
import { watch } from "node:fs";

const made =
  /(^|[\\/])(node_modules|target|dist|generated|\.git|\.holdfast)([\\/]|$)|\.wasm$|(^|[\\/])(Cargo\.lock|package-lock\.json)$/;
/** Editors save in several steps. Milliseconds. */
const quietMs = 200;

/** Gives the function that ends it. */
export function watchProject(folder: string, onChange: (file: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || isMade(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => onChange(file), quietMs);
  });
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

/** True for what a build writes, relative to the project's folder. */
export const isMade = (file: string): boolean => made.test(file);
