/** Removes the rows of bucket numbers that no bucket has any more, a few at a time: they may be millions. */
import { setImmediate } from "node:timers/promises";
import { counterKey, rowPrefix, splitRowKey, type Tables } from "./index-tables.ts";

export type Garbage = {
  /** The rows of this number are not needed any more. */
  add(number: number): void;
  /** Leaves the rest to the next start. */
  stop(): Promise<void>;
};

const removedAtOnce = 2_000;

/** Begins with what the last process left. */
export function collectGarbage({ root, meta, objects, tombstones }: Tables): Garbage {
  const tables = [objects, tombstones];
  const stopping = new AbortController();

  const removeSome = (number: number): number => {
    const range = { start: rowPrefix(number), end: rowPrefix(number + 1), limit: removedAtOnce };
    let count = 0;
    for (const table of tables) {
      const keys = [...table.getKeys(range)];
      for (const key of keys) void table.remove(key);
      count += keys.length;
    }
    return count;
  };
  const remove = async (number: number) => {
    while (!stopping.signal.aborted && (await root.transaction(() => removeSome(number))) > 0) await setImmediate();
  };
  const leftovers = (): number[] => {
    const used = new Set([...meta.getRange()].filter(({ key }) => key !== counterKey).map(({ value }) => value.number));
    return tables.flatMap((table) => {
      const unused: number[] = [];
      for (let number = firstNumber(0); number !== undefined; number = firstNumber(number + 1)) {
        if (!used.has(number)) unused.push(number);
      }
      return unused;

      function firstNumber(from: number): number | undefined {
        const [key] = table.getKeys({ start: rowPrefix(from), limit: 1 });
        return key === undefined ? undefined : splitRowKey(key).number;
      }
    });
  };

  const begin = async () => {
    for (const number of leftovers()) await remove(number);
  };
  let working = begin();
  return {
    add(number) {
      working = working.then(() => remove(number));
    },
    stop() {
      stopping.abort();
      return working;
    },
  };
}
