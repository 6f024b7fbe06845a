/** How far a transfer is. */
import type { Output } from "./output.ts";
import { formatBytes } from "./units.ts";

/** Tells every tenth of a transfer that is worth telling of: a line each, on stderr. */
export function progressOf(output: Pick<Output, "progress">, what: string): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    const tenth = Math.floor((done / total) * 10);
    if (total < worthTelling || tenth <= told) return;
    told = tenth;
    output.progress(`${what}: ${tenth * 10} % of ${formatBytes(total)}`);
  };
}

const worthTelling = 4 * 2 ** 20;
